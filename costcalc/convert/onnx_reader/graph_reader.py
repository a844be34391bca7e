"""Read the nodes of a file in order. Functions, and branches of known conditions, are read where they are called."""

from __future__ import annotations

from collections import ChainMap, Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import onnx
from onnx import helper

from costcalc.convert.onnx_reader.attributes import check_types
from costcalc.convert.onnx_reader.bodies import body
from costcalc.convert.onnx_reader.inlined_size import MOST_BYTES, called, check_size, domain
from costcalc.convert.onnx_reader.inner_graphs import InnerGraphs
from costcalc.convert.onnx_reader.input_sizes import InputSizes
from costcalc.convert.onnx_reader.module_paths import Place, clean, place, within
from costcalc.convert.onnx_reader.node_reader import NodeReader
from costcalc.convert.onnx_reader.operands import FLOATS, Value
from costcalc.convert.onnx_reader.sequences import Sequences, tensors
from costcalc.convert.onnx_reader.stored_tensors import Names, Scope, kept, of_constant, of_initializer
from costcalc.convert.onnx_reader.subgraphs import read_by_bodies, read_in
from costcalc.convert.onnx_reader.weights import are_initializers
from costcalc.convert.plain import LONGEST
from costcalc.spec import CostcalcError, Graph, Tensor


class NodeError(CostcalcError):
    """An error in a node. The message names the node."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A graph or a function while it is read.

    values     tensors by name; those of the graphs around it too
    versions   of the sets of ops, by domain
    given      attributes that the function was called with
    reads      how often each name is read, by nodes and as an output
    declared   types and shapes that the file declares, by the name of the tensor
    modules    paths of the modules that it is called in
    scope      its position in the file: the same for all calls of a function
    """

    values: ChainMap[str, Value]
    versions: Mapping[str, int]
    given: Mapping[str, onnx.AttributeProto]
    reads: Counter[str]
    declared: Mapping[str, onnx.ValueInfoProto]
    modules: tuple[str, ...] = ()
    scope: Scope = ()

    def read(self, name: str, reader: str) -> Value:
        """The tensor of that name. Raises CostcalcError if no node before outputs it."""
        if name not in self.values:
            raise CostcalcError(f"{reader} reads {clean(name)!r}, which nothing before it makes")
        return self.values[name]


class GraphReader:
    """Makes the Graph of a model."""

    def __init__(self, model: onnx.ModelProto, sizes: InputSizes) -> None:
        self.model, self.sizes = model, sizes
        self.nodes = NodeReader(in_constants=not are_initializers(model.graph))
        self.functions = {(domain(f.domain), f.name, f.overload): f for f in model.functions}
        self.inner = InnerGraphs(self.nodes.builder, self._graph)
        self.sequences, self.names = Sequences(self.nodes), Names()
        self.walked = self.copied = 0
        check_size(model.graph, self.functions)

    def graph(self, name: str) -> Graph:
        """The Graph, with this name."""
        builder, trace = self.nodes.builder, self.nodes.builder.trace
        values: dict[str, Value] = {}
        inputs: list[Tensor] = []
        for declared, shape in self.sizes.inputs:
            type, data = declared.type.tensor_type.elem_type, self.sizes.values.get(declared.name)
            if 0 in shape:
                values[declared.name] = Value(shape, type)
                continue
            inputs.append(tensor := Tensor(trace, shape, None, len(inputs), declared.name[:LONGEST]))
            tensor.dtype = None if type in FLOATS else helper.tensor_dtype_to_np_dtype(type).name
            values[declared.name] = Value(shape, type, tensor=tensor if data is None else None, data=data)
        trace.shapes = tuple(t.shape for t in inputs)
        frame = Frame(ChainMap(), _versions(self.model.opset_import), {}, Counter(), {})
        made = self._graph(self.model.graph, frame, values)
        outputs = tuple([builder.output(x, Place((), "output")) for x in tensors(made)])
        nodes, batched = builder.finish(), self.sizes.batched
        return Graph(
            name,
            tuple(inputs),
            nodes,
            outputs,
            (),
            trace.weights,
            trace.buffers,
            " ".join(builder.notes),
            batched=batched,
        )

    def _graph(self, graph: onnx.GraphProto, outer: Frame, inputs: dict[str, Value], scope: Scope = ()) -> list[Value]:
        """Read a graph inside another frame. Returns its outputs."""
        if graph.sparse_initializer:
            raise CostcalcError("it has sparse initializers, which are not read")
        declared = {value.name: value for value in (*graph.value_info, *graph.output, *graph.input)}
        values, reads = outer.values.new_child(inputs), Counter(read_in(graph))
        frame = replace(outer, values=values, declared=declared, reads=reads, scope=scope)
        for tensor in graph.initializer:
            if tensor.name in values.maps[0]:
                raise CostcalcError(f"initializer {clean(tensor.name)!r} is there twice")
            name = self.names.of(scope, tensor.name)
            values[tensor.name] = of_initializer(tensor, declared.get(tensor.name), name)
        self._walk(graph.node, frame)
        return [frame.read(output.name, "the network's output") for output in graph.output]

    def _walk(self, nodes: Sequence[onnx.NodeProto], frame: Frame) -> None:
        for number, node in enumerate(nodes):
            self.walked += 1
            where = f"node {clean(node.name or ', '.join(node.output))!r} ({clean(node.op_type)})"
            try:
                self._node(node, frame, (*frame.scope, number))
            except NodeError:
                raise
            except CostcalcError as error:
                raise NodeError(f"{where}: {error}") from error
            except Exception as error:  # attributes can be anything: any error of a handler is the file's fault
                raise NodeError(f"{where}: attributes or inputs that do not fit: {error}") from error

    def _node(self, node: onnx.NodeProto, frame: Frame, scope: Scope) -> None:
        node = self._filled(node, frame.given)
        op = "" if domain(node.domain) else node.op_type
        check_types(node, op)
        inputs = [frame.read(name, "it") if name else None for name in node.input]
        own, version = domain(node.domain), frame.versions.get(domain(node.domain), 0)
        function, branch = self.functions.get(called(node)), _branch(op, node, inputs)
        made: Sequence[Value | None] | None = None
        if function is not None:
            made = self._function(function, node, inputs, frame)
        elif (read := self._sequence(op, node, inputs, frame, scope)) is not None:
            made = read
        elif branch is not None:
            made = self._graph(branch.g, frame, {}, (*scope, branch.name))
        elif op == "If":
            made = self.inner.larger(node, frame, scope)
        elif (ours := body(node, inputs, own, version)) is not None:
            made = self.inner.tried(lambda: self._function(ours, node, inputs, frame))
        if made is not None:
            pass
        elif op == "Constant":
            made = [of_constant(node, self.names.of(frame.scope, node.output[0]))]
        else:
            told = [self.sizes.shape(frame.declared[n].type) if n in frame.declared else None for n in node.output]
            inside = read_by_bodies(node, frame.values, self.names, scope)
            once = [name in frame.values.maps[0] and frame.reads[name] == 1 for name in node.input]
            where = place(node, inputs, frame.modules)
            loop = self.inner.loop(node, inputs, version, frame, scope, where)
            made = self.nodes.outputs(node, inputs, inside, version, told, once, where, loop)
            if op == "ConstantOfShape" and made[0] is not None and made[0].constant:
                kept(made[0], self.names.of((*scope, self.walked), node.output[0]))
        for name, value in zip(node.output, made, strict=False):
            if name and name in frame.values.maps[0]:
                raise CostcalcError(f"it makes {clean(name)!r}, which is there before")
            if name and value is not None:
                frame.values[name] = value

    def _sequence(
        self, op: str, node: onnx.NodeProto, inputs: Sequence[Value | None], frame: Frame, scope: Scope
    ) -> list[Value] | None:
        """The outputs of a node that makes or takes a sequence of tensors; None for other nodes."""

        def body(given: Sequence[Value]) -> list[Value]:
            graph = next(a.g for a in node.attribute if a.name == "body")
            values = {value.name: x for value, x in zip(graph.input, given, strict=True)}
            return self._graph(graph, frame, values, (*scope, "body"))

        return self.sequences.read(op, node, inputs, place(node, inputs, frame.modules), body)

    def _function(
        self, function: onnx.FunctionProto, node: onnx.NodeProto, inputs: Sequence[Value | None], frame: Frame
    ) -> list[Value]:
        """Read a function of the file, as a module. Returns its outputs."""
        around = place(node, inputs, frame.modules)
        inner = Frame(
            ChainMap({}, {n: x for n, x in zip(function.input, inputs, strict=False) if x is not None}),
            {**frame.versions, **_versions(function.opset_import)},
            {a.name: a for a in (*function.attribute_proto, *node.attribute)},
            Counter(read_in(function)),
            {value.name: value for value in function.value_info},
            within((), [*around.modules, ".".join([*around.modules[-1:], around.label])]),
            ("function", *called(node)),
        )
        self._walk(function.node, inner)
        return [inner.read(output, f"function {clean(function.name)!r}") for output in function.output]

    def _filled(self, node: onnx.NodeProto, given: Mapping[str, onnx.AttributeProto]) -> onnx.NodeProto:
        """The node with its references to attributes of the enclosing function resolved."""
        if not any(a.ref_attr_name for a in node.attribute):
            return node
        filled = onnx.NodeProto()
        filled.CopyFrom(node)
        del filled.attribute[:]
        for attribute in node.attribute:
            told = given.get(attribute.ref_attr_name) if attribute.ref_attr_name else attribute
            if told is not None:
                self.copied += told.ByteSize()
                if self.copied > MOST_BYTES:
                    raise CostcalcError(f"functions are called with more than {MOST_BYTES // 2**20} MiB of attributes")
                filled.attribute.add().CopyFrom(told)
                filled.attribute[-1].name = attribute.name
        return filled


def _versions(imports: Sequence[onnx.OperatorSetIdProto]) -> dict[str, int]:
    return {domain(each.domain): each.version for each in imports}


def _branch(op: str, node: onnx.NodeProto, inputs: Sequence[Value | None]) -> onnx.AttributeProto | None:
    """The branch that an If takes, or None if its condition is unknown."""
    if op != "If" or not inputs or inputs[0] is None:
        return None
    condition = inputs[0].data if inputs[0].constant else None
    if condition is None:
        return None
    chosen = "then_branch" if bool(condition.reshape(-1)[0]) else "else_branch"
    return next((a for a in node.attribute if a.name == chosen), None)
