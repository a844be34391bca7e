"""The one door: a MODEL (a zoo name, a torch model by name or as it is, a file, a Graph) -> a Graph, and its cost."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from costcalc import zoo
from costcalc.analysis import quantities as registry
from costcalc.analysis.cost import Cost
from costcalc.analysis.quantity import Quantity
from costcalc.spec import CostcalcError, Graph, Network, arguments
from costcalc.spec.graph import MODES, Mode


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
    no network, and an input, batch, classes or arguments where they are fixed.
    """
    if isinstance(model, os.PathLike):
        model = os.fspath(model)
    if not isinstance(model, str | Graph) and not _is_module(model):
        raise arguments.wrong("model", model, "the name of a network or a file, a torch module, or a Graph")
    if isinstance(model, str):
        arguments.file_name("model", model)
    batch = arguments.size("batch", batch)
    classes = arguments.optional(arguments.integer, "classes", classes, 1)
    cache = arguments.optional(arguments.integer, "cache", cache, 1)
    arguments.one_of("mode", mode, MODES)
    args = {} if args is None else arguments.mapping("args", args, "a dict of arguments by name, like {'depth': 12}")
    if isinstance(model, str) and made_by_its_own_code(model):
        read: Callable[..., Graph] = _sources().read
        return read(model, input, batch, classes, args, mode, dtype, cache)
    if cache is not None and isinstance(model, str | Graph):
        raise CostcalcError(f"cache={cache} is for models of transformers, like hf:LlamaForCausalLM")
    if args:
        what = model if isinstance(model, str) else f"a {type(model).__name__}"
        raise CostcalcError(
            f"{what} takes no arguments, such as {next(iter(args))!r}: give them to a model by name, like file.py:Net"
        )
    if isinstance(model, str) and model.endswith(".onnx"):
        if classes is not None or dtype is not None:
            raise CostcalcError(f"{model!r} is a file: its classes and dtypes are fixed")
        return _from_onnx()(model, input, batch)
    if isinstance(model, str) and not model.endswith(".json"):
        if model.endswith(".py") and os.path.isfile(model):
            raise CostcalcError(f"{model} is a Python file: name a callable in it, like {model}:Net")
        network = zoo.find(model)
        if dtype is not None or _several(input):
            size = "x".join(map(str, network.input))
            raise CostcalcError(f"{model} has one input, of floating point and without a name, like {size}")
        return network.build(input, batch, classes)
    if isinstance(model, Graph | str):
        made = model if isinstance(model, Graph) else _read(model)
        if input is not None or batch != 1 or classes is not None or dtype is not None:
            raise CostcalcError(
                f"{made.name} is a graph: its input, batch and classes are fixed; make it anew with others"
            )
        return made
    if cache is not None and classes is None:
        step: Callable[..., Graph] = _sources().decoding_step
        return step(model, cache, input, batch, mode=mode)
    if input is None or classes is not None:
        raise CostcalcError("a torch module needs input=(3, 224, 224), say, and makes its own classifier")
    from_torch: Callable[..., Graph] = _sources().from_torch
    return from_torch(model, input, batch, dtype=dtype, mode=mode)


def _is_module(model: Any) -> bool:
    """True for a torch module. Where torch was not imported, there is none."""
    torch: Any = sys.modules.get("torch")
    return torch is not None and isinstance(model, torch.nn.Module)


def made_by_its_own_code(model: str) -> bool:
    """True for a name like ``torchvision:resnet50`` or ``file.py:callable``; False for the zoo's, and for files."""
    return ":" in model and not model.endswith((".json", ".onnx"))


def _several(input: Any) -> bool:
    """True for inputs by name, or a list of several."""
    return isinstance(input, Mapping) or (
        isinstance(input, list | tuple) and any(isinstance(x, list | tuple) for x in input)
    )


def _sources() -> Any:
    """The room that reads torch modules, which needs torch, and torchvision or timm where they are named."""
    try:
        return import_module("costcalc.convert.sources")
    except ModuleNotFoundError as error:
        raise CostcalcError(f"this needs {error.name}; install it with: pip install 'costcalc[torch]'") from None


def _from_onnx() -> Callable[..., Graph]:
    """What reads ONNX files, which needs onnx, and no torch."""
    try:
        read: Callable[..., Graph] = import_module("costcalc.convert.from_onnx").from_onnx
    except ModuleNotFoundError as error:
        raise CostcalcError(f"this needs {error.name}; install it with: pip install 'costcalc[onnx]'") from None
    return read


def _read(file: str) -> Graph:
    """The network that a JSON file holds."""
    from costcalc.convert.data import from_data
    from costcalc.convert.plain import read_json

    data = read_json(file)
    try:
        return from_data(data)
    except CostcalcError as error:
        raise CostcalcError(f"{file!r}: {error}") from error


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
    shown = quantities(columns, conventions)
    return Cost(graph(model, input, batch, classes, mode, args, dtype, cache), mode, shown)


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
