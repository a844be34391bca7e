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

from costcalc.convert.batch_axis import batch_once
from costcalc.convert.fixed_sizes import at_own_sizes, keeping_its_own, unsized
from costcalc.convert.other_files import instead, is_other_file
from costcalc.openers import refusals, zoo_networks
from costcalc.openers.input_shapes import in_shapes
from costcalc.spec import CostcalcError, Graph, arguments
from costcalc.spec.progress import task
from costcalc.spec.request import Reason, Request


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
            with task(f"reading {request}" if isinstance(request.model, str) else "reading"):
                graph = batch_once(_with_example(request), opener.read)
            label = request.label or f"{graph.name} {request.setting}".strip()
            return graph if label == graph.name else graph.renamed(label)
    raise arguments.wrong("model", request.model, "the name of a network or a file, a torch module, or a Graph")


def is_of_the_zoo(request: Request) -> bool:
    """True for a Request of a network by its name in the zoo."""
    return next((each.read for each in OPENERS if each.opens(request)), None) is zoo_networks.read


def load_source(request: Request) -> tuple[Any, Any]:
    """The model of a name like ``torchvision:resnet50``, and its usual input or None."""
    made: tuple[Any, Any] = _load("costcalc.convert.sources", "torch").load(request)
    return made


def params_alone(request: Request) -> Graph:
    """The Graph of the params of a model by name, without an input: see `convert.params_alone`."""
    module, _ = load_source(request)
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
        request.refuse({"batch": refusals.needs_input, "dtype": refusals.needs_input})
        alone: Graph = _load("costcalc.convert.params_alone", "torch").params_alone(request.model)
        return alone
    graph: Graph = _load("costcalc.convert.sources", "torch").read_module(request, request.model)
    return graph


def _from_onnx(request: Request) -> Graph:
    request = in_shapes(request)
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


def _load(module: str, extra: str) -> Any:
    """A module that needs an extra. Raises CostcalcError if the extra is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise CostcalcError(f"this needs {error.name}; install it with: pip install 'costcalc[{extra}]'") from None


NO_VALUES: Mapping[str, Reason] = {"values": refusals.no_values}
NEITHER: Mapping[str, Reason] = {"cache": refusals.no_cache, "args": refusals.no_args}

OPENERS = (
    Opener(lambda request: request.has_source, _from_source, NO_VALUES),
    Opener(_is_file(".onnx"), _from_onnx, {**NEITHER, "classes": refusals.fixed_by_file}),
    Opener(_is_file(".json"), _from_json, {**NEITHER, **NO_VALUES}),
    Opener(_is_python_file, _from_python_file),
    Opener(lambda request: is_other_file(request.model), _from_other_file),
    Opener(_is_file(""), zoo_networks.read, {**NO_VALUES, "cache": refusals.no_cache, "dtype": refusals.no_dtype}),
    Opener(
        lambda request: isinstance(request.model, Graph),
        lambda request: request.model,
        {**NEITHER, **NO_VALUES, **dict.fromkeys(("input", "batch", "classes", "dtype"), refusals.fixed)},
    ),
    Opener(_is_module, _from_module, {**NO_VALUES, "args": refusals.no_args, "classes": refusals.no_classes}),
)
"""The first opener in this order that opens a model reads it. A string that is not a file is the name of a network."""
