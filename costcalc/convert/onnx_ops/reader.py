"""Walks the nodes of a file, one after the other; functions and decided branches where they are called."""

from __future__ import annotations

from collections import ChainMap, Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import onnx
from onnx import helper

from costcalc.convert.onnx_ops.answers import Answers
from costcalc.convert.onnx_ops.places import clean, place
from costcalc.convert.onnx_ops.sizes import Sizes
from costcalc.convert.onnx_ops.stored import of_constant, of_initializer
from costcalc.convert.onnx_ops.values import FLOATS, Value
from costcalc.spec import CostcalcError, Graph, Tensor

MOST_NODES = 100_000
"""More are not read: functions that call functions can stand for any number."""


class NodeError(CostcalcError):
    """What is wrong with a node, which the message names."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A graph, or a function, that is being walked.

    values     tensors by name; those of the graphs around it too
    versions   of the sets of ops, by domain
    given      attributes that the function was called with
    reads      how often each name is read, by nodes and as an output
    declared   what the file tells of its tensors
    modules    paths of the modules that it is called in
    functions  those that are under way
    """

    values: ChainMap[str, Value]
    versions: Mapping[str, int]
    given: Mapping[str, onnx.AttributeProto]
    reads: Counter[str]
    declared: Mapping[str, onnx.ValueInfoProto]
    modules: tuple[str, ...] = ()
    functions: tuple[Any, ...] = ()

    def read(self, name: str, reader: str) -> Value:
        """The tensor of that name. Raises CostcalcError where nothing has made it yet."""
        if name not in self.values:
            raise CostcalcError(f"{reader} reads {clean(name)!r}, which nothing before it makes")
        return self.values[name]


class Reader:
    """Makes the Graph of a model."""

    def __init__(self, model: onnx.ModelProto, sizes: Sizes) -> None:
        self.model, self.sizes = model, sizes
        self.answers = Answers()
        self.functions = {(domain(f.domain), f.name, f.overload): f for f in model.functions}
        self.walked = 0

    def graph(self, name: str) -> Graph:
        """The Graph, of that name."""
        nodes, trace = self.answers.nodes, self.answers.nodes.trace
        values: dict[str, Value] = {}
        inputs = tuple(Tensor(trace, shape, None, i) for i, (_, shape) in enumerate(self.sizes.inputs))
        trace.shapes = tuple(t.shape for t in inputs)
        for (told, shape), tensor in zip(self.sizes.inputs, inputs, strict=True):
            type = told.type.tensor_type.elem_type
            tensor.dtype = None if type in FLOATS else helper.tensor_dtype_to_np_dtype(type).name
            values[told.name] = Value(shape, type, tensor=tensor)
        frame = Frame(ChainMap(), _versions(self.model.opset_import), {}, Counter(), {})
        made = self._graph(self.model.graph, frame, values)
        outputs = tuple(x.tensor for x in made if x.tensor is not None and not x.constant)
        return Graph(name, inputs, nodes.finish(), outputs, (), trace.weights, trace.buffers)

    def _graph(self, graph: onnx.GraphProto, outer: Frame, inputs: dict[str, Value]) -> list[Value]:
        """Walk a graph in the frame around it. Its outputs."""
        if graph.sparse_initializer:
            raise CostcalcError("it has sparse initializers, which are not read")
        declared = {value.name: value for value in (*graph.value_info, *graph.output, *graph.input)}
        frame = replace(outer, values=outer.values.new_child(inputs), declared=declared, reads=Counter(_read_in(graph)))
        for tensor in graph.initializer:
            if tensor.name in frame.values.maps[0]:
                raise CostcalcError(f"initializer {clean(tensor.name)!r} is there twice")
            frame.values[tensor.name] = of_initializer(tensor, declared.get(tensor.name))
        self._walk(graph.node, frame)
        return [frame.read(output.name, "the network's output") for output in graph.output]

    def _walk(self, nodes: Sequence[onnx.NodeProto], frame: Frame) -> None:
        for node in nodes:
            self.walked += 1
            if self.walked > MOST_NODES:
                raise CostcalcError(f"it has more than {MOST_NODES} nodes, functions and branches written out")
            where = f"node {clean(node.name or ', '.join(node.output))!r} ({clean(node.op_type)})"
            try:
                self._node(node, frame)
            except NodeError:
                raise
            except CostcalcError as error:
                raise NodeError(f"{where}: {error}") from error
            except Exception as error:  # attributes can be anything: whatever a handler trips over is the file's fault
                raise NodeError(f"{where}: attributes or inputs that do not fit: {error}") from error

    def _node(self, node: onnx.NodeProto, frame: Frame) -> None:
        node = _filled(node, frame.given)
        inputs = [frame.read(name, "it") if name else None for name in node.input]
        function = self.functions.get((domain(node.domain), node.op_type, node.overload))
        branch = _branch(node, inputs)
        made: Sequence[Value | None]
        if function is not None:
            made = self._function(function, node, inputs, frame)
        elif branch is not None:
            made = self._graph(branch, frame, {})
        elif node.op_type == "Constant" and not domain(node.domain):
            made = [of_constant(node)]
        else:
            version = frame.versions.get(domain(node.domain), 0)
            told = [self.sizes.shape(frame.declared[n].type) if n in frame.declared else None for n in node.output]
            inside = [x for graph in _graphs(node) for x in _hidden(graph, frame)]
            once = [name in frame.values.maps[0] and frame.reads[name] == 1 for name in node.input]
            where = place(node, inputs, frame.modules)
            made = self.answers.answer(node, inputs, inside, version, told, once, where)
        for name, value in zip(node.output, made, strict=False):
            if name and name in frame.values.maps[0]:
                raise CostcalcError(f"it makes {clean(name)!r}, which is there before")
            if name and value is not None:
                frame.values[name] = value

    def _function(
        self, function: onnx.FunctionProto, node: onnx.NodeProto, inputs: Sequence[Value | None], frame: Frame
    ) -> list[Value]:
        """Walk a function of the file: a module of its own. Its outputs."""
        name = clean(function.name)
        key = (function.domain, function.name, function.overload)
        if key in frame.functions:
            raise CostcalcError(f"function {name!r} calls itself")
        around = place(node, inputs, frame.modules)
        inner = Frame(
            ChainMap({}, {n: x for n, x in zip(function.input, inputs, strict=False) if x is not None}),
            {**frame.versions, **_versions(function.opset_import)},
            {a.name: a for a in (*function.attribute_proto, *node.attribute)},
            Counter(_read_in(function)),
            {value.name: value for value in function.value_info},
            (*around.modules, ".".join([*around.modules[-1:], around.label])),
            (*frame.functions, key),
        )
        self._walk(function.node, inner)
        return [inner.read(output, f"function {name!r}") for output in function.output]


def domain(name: str) -> str:
    """A domain of ops; ONNX's own is ""."""
    return "" if name == "ai.onnx" else name


def _versions(imports: Sequence[onnx.OperatorSetIdProto]) -> dict[str, int]:
    return {domain(each.domain): each.version for each in imports}


def _filled(node: onnx.NodeProto, given: Mapping[str, onnx.AttributeProto]) -> onnx.NodeProto:
    """The node, its references to attributes of the function around it resolved."""
    if not any(a.ref_attr_name for a in node.attribute):
        return node
    filled = onnx.NodeProto()
    filled.CopyFrom(node)
    del filled.attribute[:]
    for attribute in node.attribute:
        told = given.get(attribute.ref_attr_name) if attribute.ref_attr_name else attribute
        if told is not None:
            filled.attribute.add().CopyFrom(told)
            filled.attribute[-1].name = attribute.name
    return filled


def _branch(node: onnx.NodeProto, inputs: Sequence[Value | None]) -> onnx.GraphProto | None:
    """The branch of an If whose condition is known."""
    if node.op_type != "If" or domain(node.domain) or not inputs or inputs[0] is None:
        return None
    condition = inputs[0].data if inputs[0].constant else None
    if condition is None:
        return None
    chosen = "then_branch" if bool(condition.reshape(-1)[0]) else "else_branch"
    return next((a.g for a in node.attribute if a.name == chosen), None)


def _graphs(node: onnx.NodeProto) -> Iterator[onnx.GraphProto]:
    """The graphs inside a node."""
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def _read_in(graph: onnx.GraphProto | onnx.FunctionProto) -> Iterator[str]:
    """Each name that is read in a graph, as often as it is: by nodes, in graphs inside it, and as an output."""
    for node in graph.node:
        yield from node.input
        for inner in _graphs(node):
            yield from _read_in(inner)
    yield from (output if isinstance(output, str) else output.name for output in graph.output)


def _hidden(graph: onnx.GraphProto, frame: Frame) -> Iterator[Value]:
    """What a graph inside a node reads of the tensors around it, and its own initializers."""
    own = {tensor.name for tensor in graph.initializer}
    yield from (of_initializer(tensor, None) for tensor in graph.initializer)
    yield from (
        frame.values[name] for name in dict.fromkeys(_read_in(graph)) if name in frame.values and name not in own
    )
