"""Why a kind of model does not take a field of a Request, and what to give instead: one sentence each."""

from __future__ import annotations

from costcalc import zoo
from costcalc.spec import Network
from costcalc.spec.near import hinted
from costcalc.spec.request import OPTIONS, Request
from costcalc.spec.shapes import joined


def needs_input(request: Request) -> str:
    return "a torch module needs the shape of its input, like input=(3, 224, 224); without one only params are read"


def no_args(request: Request) -> str:
    key = next(iter(request.args))
    after = "give them to a model by name, like file.py:Net"
    return hinted(f"{request} takes no arguments, such as {key!r}", key, OPTIONS, after)


def no_cache(request: Request) -> str:
    return f"cache={request.cache} is for models of transformers, like hf:LlamaForCausalLM"


def fixed_by_file(request: Request) -> str:
    return f"{request.model!r} is a file: its classes are fixed"


def no_values(request: Request) -> str:
    key = next(iter(request.values))
    return (
        f"{request}: values of inputs, such as {key!r}, are for ONNX files; plain arguments of a torch model are given "
        "among its inputs, as --inputs file.py:example can"
    )


def fixed(request: Request) -> str:
    graph = request.model
    at = ", ".join(joined(graph.sizes(t)) for t in graph.inputs)
    return (
        f"{graph.name} is a graph: its input, batch and classes are fixed, at {at} and batch {graph.batch or 'none'}; "
        "make a new graph with others"
    )


def no_classes(request: Request) -> str:
    return f"{request} makes its own classifier: classes={request.classes} is for networks by name"


def no_dtype(request: Request) -> str:
    return one_input(zoo.find(request.model))


def one_input(network: Network) -> str:
    size = joined(network.input)
    return f"{network.name} has one input, of floating point and without a name, like {size}"
