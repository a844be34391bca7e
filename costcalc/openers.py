"""The kinds of models and how each is read: a Request -> a Graph. Each imports its libraries when it is needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from types import MappingProxyType
from typing import Any, NamedTuple

from costcalc import zoo
from costcalc.convert.batch_axis import batch_once
from costcalc.convert.fixed_sizes import at_own_sizes, keeping_its_own, unsized
from costcalc.convert.other_files import instead, is_other_file
from costcalc.spec import CostcalcError, Graph, Network, arguments
from costcalc.spec.given import is_tensor, shapes
from costcalc.spec.request import OPTIONS, Reason, Request
from costcalc.spec.shapes import joined


class Opener(NamedTuple):
    """Reads one kind of model.

    opens     returns True for a Request of this kind
    read      returns the Graph of the model
    takes_no  fields of a Request that this kind does not take, with the reason for each
    """

    opens: Callable[[Request], bool]
    read: Callable[[Request], Graph]
    takes_no: Mapping[str, Reason] = MappingProxyType({})


def read(request: Request) -> Graph:
    """The Graph of the model that is asked for.

    Raises CostcalcError for a value that is not a model, a field that the model does not take, and a model that cannot
    be read.
    """
    for opener in OPENERS:
        if opener.opens(request):
            request.refuse(opener.takes_no)
            graph = batch_once(_with_example(request), opener.read)
            label = request.label or f"{graph.name} {request.setting}".strip()
            return graph if label == graph.name else graph.renamed(label)
    raise arguments.wrong("model", request.model, "the name of a network or a file, a torch module, or a Graph")


def params_alone(request: Request) -> Graph:
    """The Graph of the params of a model by name, without an input: see `convert.params_alone`."""
    module, _ = _load("costcalc.convert.sources", "torch").load(request)
    graph: Graph = _load("costcalc.convert.params_alone", "torch").params_alone(module)
    if request.source == "hf":
        graph.note = f"{graph.note}\n{_load('costcalc.convert.hf', 'torch').note_on(request, module)}"
    return graph.renamed(request.label or f"{request.model} {request.setting}".strip())


def _with_example(request: Request) -> Request:
    """The Request with the inputs that ``file.py:example`` gives, if its input is such a name. Their code is run."""
    if not isinstance(request.input, str) or ":" not in request.input:
        return request
    from costcalc.convert.user_code import example

    return replace(request, input=example(request.input))


def _in_shapes(request: Request) -> Request:
    """The Request with the shapes of its tensors, if it has any."""
    given = dict(request.input) if isinstance(request.input, Mapping) else request.input
    input, batch = shapes(given, request.batch)
    return replace(request, input=input, batch=batch)


# How each kind is recognized


def _is_file(ending: str) -> Callable[[Request], bool]:
    return lambda request: isinstance(request.model, str) and request.model.endswith(ending)


def _is_python_file(request: Request) -> bool:
    return _is_file(".py")(request) and os.path.isfile(request.model)


def _is_module(request: Request) -> bool:
    """True for a torch module. False as long as torch is not imported."""
    torch: Any = sys.modules.get("torch")
    return torch is not None and isinstance(request.model, torch.nn.Module)


# How each kind is read


def _from_source(request: Request) -> Graph:
    graph: Graph = _load("costcalc.convert.sources", "torch").read(request)
    return graph


def _from_module(request: Request) -> Graph:
    if request.input is None and request.cache is None:
        request.refuse({"batch": _needs_input, "dtype": _needs_input})
        alone: Graph = _load("costcalc.convert.params_alone", "torch").params_alone(request.model)
        return alone
    graph: Graph = _load("costcalc.convert.sources", "torch").read_module(request, request.model)
    return graph


def _from_onnx(request: Request) -> Graph:
    request = _in_shapes(request)
    from_onnx = _load("costcalc.convert.from_onnx", "onnx").from_onnx

    def graph(asked: Request) -> Graph:
        made: Graph = from_onnx(asked.model, asked.input, asked.batch, asked.dtype, asked.values)
        return made

    try:
        return graph(request)
    except CostcalcError:
        for asked in (replace(request, input=None, dtype=None), unsized(request)) if request.shared else ():
            with suppress(CostcalcError):
                return keeping_its_own(graph(asked))
        raise


def _from_json(request: Request) -> Graph:
    """The Graph in the file. The Request is then read as that of any Graph."""
    from costcalc.convert.data import from_data
    from costcalc.convert.plain import read_json

    data = read_json(request.model)
    try:
        graph = from_data(data)
    except CostcalcError as error:
        raise CostcalcError(f"{request.model!r}: {error}") from error
    graph = at_own_sizes(graph, request, "is a file")
    return read(replace(unsized(request), model=graph, dtype=None if request.shared else request.dtype, label=""))


def _from_python_file(request: Request) -> Graph:
    raise CostcalcError(f"{request} is a Python file: name a callable in it, like {request}:Net")


def _from_other_file(request: Request) -> Graph:
    raise CostcalcError(instead(request.model))


def _from_zoo(request: Request) -> Graph:
    network = _network(request.model)
    alone = request.input
    if isinstance(alone, list | tuple) and len(alone) == 1 and is_tensor(alone[0]):
        alone = alone[0]
    if _several(alone):
        raise CostcalcError(_one_input(network))
    request = _in_shapes(replace(request, input=alone))
    shape, batch = request.input, request.batch
    if batch is None:
        if not (isinstance(shape, list | tuple) and len(shape) == 1 + len(network.input)):
            like = joined((1, *network.input))
            raise CostcalcError(
                f"{network.name} takes an input like {like}, batch included; not {arguments.shown(shape)}"
            )
        batch, shape = shape[0], tuple(shape[1:])
    graph = network.build(shape, batch, request.classes)
    if is_tensor(alone) and "float" not in str(alone.dtype):
        raise CostcalcError(_one_input(network))
    return graph


def _network(name: str) -> Network:
    """The network of the zoo. Raises CostcalcError, with the nearest names here and in the libraries, if unknown."""
    try:
        return zoo.find(name)
    except CostcalcError:
        from costcalc.convert import library_names

        found = library_names.named(name) or ([] if zoo.names_like(name) else library_names.like(name))
        if not found:
            raise
        raise CostcalcError(f"unknown network {name!r}; did you mean {' or '.join(found)}?") from None


def _load(module: str, extra: str) -> Any:
    """A module that needs an extra. Raises CostcalcError if the extra is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise CostcalcError(f"this needs {error.name}; install it with: pip install 'costcalc[{extra}]'") from None


def _several(input: Any) -> bool:
    """True for several inputs, by name or in a list."""
    return isinstance(input, Mapping) or (
        isinstance(input, list | tuple) and any(isinstance(x, list | tuple) for x in input)
    )


# Why a kind does not take a field


def _needs_input(request: Request) -> str:
    return "a torch module needs the shape of its input, like input=(3, 224, 224); without one only params are read"


def _no_args(request: Request) -> str:
    key = next(iter(request.args))
    near = arguments.did_you_mean(key, OPTIONS)
    return f"{request} takes no arguments, such as {key!r}; {near}give them to a model by name, like file.py:Net"


def _no_cache(request: Request) -> str:
    return f"cache={request.cache} is for models of transformers, like hf:LlamaForCausalLM"


def _fixed_by_file(request: Request) -> str:
    return f"{request.model!r} is a file: its classes are fixed"


def _no_values(request: Request) -> str:
    key = next(iter(request.values))
    return (
        f"{request}: values of inputs, such as {key!r}, are for ONNX files; plain arguments of a torch model are given "
        "among its inputs, as --inputs file.py:example can"
    )


def _fixed(request: Request) -> str:
    graph = request.model
    at = ", ".join(joined(graph.sizes(t)) for t in graph.inputs)
    return (
        f"{graph.name} is a graph: its input, batch and classes are fixed, at {at} and batch {graph.batch or 'none'}; "
        "make a new graph with others"
    )


def _no_classes(request: Request) -> str:
    return f"{request} makes its own classifier: classes={request.classes} is for networks by name"


def _no_dtype(request: Request) -> str:
    return _one_input(zoo.find(request.model))


def _one_input(network: Network) -> str:
    size = joined(network.input)
    return f"{network.name} has one input, of floating point and without a name, like {size}"


NO_VALUES: Mapping[str, Reason] = {"values": _no_values}
NEITHER: Mapping[str, Reason] = {"cache": _no_cache, "args": _no_args}

OPENERS = (
    Opener(lambda request: request.has_source, _from_source, NO_VALUES),
    Opener(_is_file(".onnx"), _from_onnx, {**NEITHER, "classes": _fixed_by_file}),
    Opener(_is_file(".json"), _from_json, {**NEITHER, **NO_VALUES}),
    Opener(_is_python_file, _from_python_file),
    Opener(lambda request: is_other_file(request.model), _from_other_file),
    Opener(_is_file(""), _from_zoo, {**NEITHER, **NO_VALUES, "dtype": _no_dtype}),
    Opener(
        lambda request: isinstance(request.model, Graph),
        lambda request: request.model,
        {**NEITHER, **NO_VALUES, **dict.fromkeys(("input", "batch", "classes", "dtype"), _fixed)},
    ),
    Opener(_is_module, _from_module, {**NO_VALUES, "args": _no_args, "classes": _no_classes}),
)
"""The first opener in this order that opens a model reads it. A string that is not a file is the name of a network."""
