"""The one door: a MODEL (a zoo name, a torch model by name or as it is, a file, a Graph) -> a Graph, and its cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc import zoo
from costcalc.analysis import quantities as registry
from costcalc.analysis.cost import Cost
from costcalc.analysis.quantity import Quantity
from costcalc.openers import read
from costcalc.spec import CostcalcError, Graph, Network, arguments
from costcalc.spec.graph import Mode
from costcalc.spec.request import Request


def networks() -> list[Network]:
    """All networks of the zoo, by family."""
    return zoo.all_networks()


def graph(
    model: Any,
    input: Any = None,
    batch: Any = 1,
    classes: int | None = None,
    mode: Mode = "eval",
    args: Mapping[str, Any] | None = None,
    dtype: Any = None,
    cache: int | None = None,
) -> Graph:
    """The Graph of a model.

    model    a zoo name; ``torchvision:resnet50``, ``timm:NAME``, ``hf:NAME``; ``package.module:callable`` or
             ``file.py:callable``, whose code is run; a file that `costcalc export` wrote; ``file.onnx``; any torch
             module; or a Graph
    input    (C, H, W), without the batch; the network's own unless given. Of a torch model also several shapes, or a
             dict by name: see `costcalc.convert.from_torch`. Of a zoo network sizes may be arrays of integers or
             symbols of sympy
    batch    how many inputs at once; of a zoo network also an array or a symbol
    classes  outputs of the classifier; the network's own unless given
    mode     "eval" or "train": how a torch model is read. It stays in the mode that it is in
    args     keyword arguments for what makes a torch model by name
    dtype    of a torch model's input, or of each: see `costcalc.convert.from_torch`
    cache    of a model of transformers: one step of decoding, with so many positions seen before, in dtypes of its
             own: see `costcalc.convert.decoding.decoding_step`

    Raises CostcalcError for a name that is unknown, an input or arguments that the network cannot take, a file that is
    not a network, and an input, batch, classes or arguments where they are fixed.
    """
    return read(Request(model, input, batch, classes, mode, {} if args is None else args, dtype, cache))


def cost(
    model: Any,
    input: Any = None,
    batch: Any = 1,
    classes: int | None = None,
    mode: Mode = "eval",
    conventions: Sequence[str] = (),
    args: Mapping[str, Any] | None = None,
    dtype: Any = None,
    cache: int | None = None,
    columns: Sequence[str] = registry.BASIC,
) -> Cost:
    """What a model costs: params, mult-adds and activations, by layer, block and op.

        >>> cost("googlenet").by_block().to_pandas()

    Arguments as for `graph`; `mode` "train" also runs auxiliary heads; `conventions` name counting tools
    whose numbers the rows carry too; `columns` name the quantities of the rows, in order: see `quantities`.
    Raises CostcalcError as `graph` does, and for an unknown convention or quantity.
    """
    request = Request(model, input, batch, classes, mode, {} if args is None else args, dtype, cache)
    return cost_of(request, columns, conventions)


def cost_of(request: Request, columns: Sequence[str] = registry.BASIC, conventions: Sequence[str] = ()) -> Cost:
    """As `cost`, of a Request."""
    shown = quantities(columns, conventions)
    return Cost(read(request), request.mode, shown)


def quantities(columns: Sequence[str] = registry.BASIC, conventions: Sequence[str] = ()) -> list[Quantity]:
    """The quantities of these keys, in order and each once: costcalc's own, and counting tools by their names.

    Raises CostcalcError for a column that is neither, and for an unknown convention.
    """
    keys = _names("columns", columns, "a list of keys, like ['params', 'mult_adds']")
    tools = _names("conventions", conventions, "a list of names, like ['fvcore']")
    found = {key: _column(key) for key in keys}
    return [*found.values(), *(_convention(name) for name in tools if name not in found)]


def _names(argument: str, value: Sequence[str], right: str) -> dict[str, None]:
    """The names in a list, in order and each once."""
    return dict.fromkeys(arguments.text(argument, name) for name in arguments.listed(argument, value, right))


def _column(key: str) -> Quantity:
    own = registry.keys()
    if key in own:
        return registry.find(key)
    from difflib import get_close_matches

    from costcalc.conventions import names

    known = [*own, *names()]
    if key in known:
        return _convention(key)
    near = get_close_matches(key.lower(), known, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise CostcalcError(f"unknown column {key!r}; {hint}there are {', '.join(known)}")


def _convention(name: str) -> Quantity:
    from costcalc.conventions import find
    from costcalc.conventions.quantity import Counted

    return Counted(find(name))
