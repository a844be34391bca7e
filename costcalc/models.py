"""The entry point: a MODEL (zoo name, torch module or its name, file, Graph) -> its Graph and its cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from costcalc import zoo
from costcalc.analysis import quantities as registry
from costcalc.analysis.causal import CausalHalf
from costcalc.analysis.cost import Cost
from costcalc.analysis.quantity import Quantity
from costcalc.analysis.target import NOWHERE, Target
from costcalc.openers import params_alone, read
from costcalc.spec import CostcalcError, Graph, Network, arguments
from costcalc.spec.graph import Mode
from costcalc.spec.near import hinted
from costcalc.spec.request import Request

Causal = Literal["full", "half"]


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
    values: Mapping[str, Any] | None = None,
) -> Graph:
    """The Graph of a model.

    model    a zoo name; ``torchvision:resnet50``, ``timm:NAME``, ``hf:NAME``, ``keras:NAME``;
             ``package.module:callable`` or ``file.py:callable``, whose code is run; a file that `costcalc export`
             wrote; ``file.onnx``; any torch module; or a Graph
    input    (C, H, W), without the batch, or a tensor; the network's own by default. For a torch model also several, in
             order or by name, nested: see `costcalc.convert.from_torch`; or a name of such a value, like
             ``file.py:example``, whose code is run. For a zoo network sizes may be arrays of integers or symbols
    batch    batch size; for a zoo network also an array or a symbol. None: shapes are taken as they stand
    classes  number of classes; the network's own by default
    mode     "eval" or "train": the mode in which a torch model is read. The module itself keeps its mode
    args     keyword arguments of the callable that makes a torch model by name; settings of a network of the zoo
    dtype    dtype of a torch model's input, or of each: see `costcalc.convert.from_torch`
    cache    for a model of transformers: one step of decoding after that many positions, with the model's own
             dtypes: see `costcalc.convert.decoding.decoding_step`
    values   of small integer, bool or float inputs of an ONNX file, by name: ``{"sr": 16000}``. An If may depend on
             them

    Raises CostcalcError for an unknown name, an input or arguments that the network cannot take, a file that is not a
    network, and an input, batch, classes or arguments if the model fixes them.
    """
    return read(request_of(model, input, batch, classes, mode, args, dtype, cache, values))


def request_of(
    model: Any, input: Any = None, batch: Any = 1, classes: Any = None, mode: Mode = "eval", args: Any = None,
    dtype: Any = None, cache: Any = None, values: Any = None,
) -> Request:  # fmt: skip
    """The Request of the arguments of `graph`: no `args` or `values` are empty ones."""
    args, values = ({} if given is None else given for given in (args, values))
    return Request(model, input, batch, classes, mode, args, dtype, cache, values=values)


def cost_of(
    request: Request, columns: Sequence[str] = registry.BASIC, conventions: Sequence[str] = (),
    target: Target = NOWHERE, timed: Callable[[Graph], float] | None = None,
) -> Cost:  # fmt: skip
    """The Cost of a Request on a Target: see `costcalc.cost`. `timed` measures the seconds of a pass."""
    shown = quantities(columns, conventions)
    if request.causal == "half":
        whole = registry.find("mult_adds")
        if whole not in shown:
            raise CostcalcError("causal='half' is a way to count mult_adds, which are not among the columns")
        shown = [CausalHalf(whole) if each is whole else each for each in shown]
    graph = read(request)
    return Cost(graph, request.mode, shown, target.dtype, target.on, None if timed is None else lambda: timed(graph))


def params_of(
    request: Request, columns: Sequence[str] = registry.BASIC, conventions: Sequence[str] = (), target: Target = NOWHERE
) -> Cost:
    """The Cost of a model by name without an input: its params; all else is unknown."""
    return Cost(params_alone(request), request.mode, quantities(columns, conventions), target.dtype, target.on)


def is_measured(columns: Sequence[str]) -> bool:
    """True if a column of these is measured, for which the model has to be run."""
    own = registry.keys()
    return any(registry.find(key).needs == "timed" for key in columns if key in own)


def quantities(columns: Sequence[str] = registry.BASIC, conventions: Sequence[str] = ()) -> list[Quantity]:
    """The quantities with these keys, in order and each once: costcalc's own, and counting tools by name.

    Raises CostcalcError for an unknown column and for an unknown convention.
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
    from costcalc.conventions import names

    known = [*own, *names()]
    if key in known:
        return _convention(key)
    raise CostcalcError(hinted(f"unknown column {key!r}", key, known, f"there are {', '.join(known)}"))


def _convention(name: str) -> Quantity:
    from costcalc.conventions import find
    from costcalc.conventions.quantity import Counted

    return Counted(find(name))
