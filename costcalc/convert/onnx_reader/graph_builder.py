"""Build the graph: its nodes, their names and their blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from costcalc.convert.onnx_reader.module_paths import Place, clean, unique
from costcalc.convert.onnx_reader.operands import Operand, PendingNode, PendingOutput, Value
from costcalc.spec import Node, Tensor
from costcalc.spec.building import Trace
from costcalc.spec.node import BlockCall
from costcalc.spec.noticed import Noticed
from costcalc.spec.rules import facts_of
from costcalc.spec.shapes import Shape


class Part(NamedTuple):
    """Where a part of the graph begins: how many nodes, weights and notes there are before it."""

    nodes: int
    weights: int
    notes: int


class GraphBuilder:
    """The nodes in order, and the place in the file that each comes from.

    notes  remarks for the report
    """

    def __init__(self) -> None:
        self.trace = Trace()
        self.notes: dict[str, None] = {}
        self._places: list[Place] = []
        self._numbers: dict[int, int] = {}  # by id of a node: its place in the order
        self._begin = 0  # number of the first node of the innermost graph that may be left out
        self._parameters: dict[str, Tensor] = {}

    def append(self, results: Sequence[Operand | None], place: Place) -> list[Tensor | None]:
        """Append the pending nodes, each after the nodes that it reads. Returns the tensors of the results."""
        made: dict[int, Node] = {}
        return [None if x is None else self._operand(x, place, made) for x in results]

    def source(self, value: Value, place: Place) -> Tensor | None:
        """The tensor of a value: a parameter or a constant becomes a node. None for a constant without elements."""
        return None if value.tensor is None and 0 in value.shape else self.output(value, place)

    def output(self, value: Value, place: Place) -> Tensor:
        """As `source`, also for a constant without elements."""
        if value.learned:
            return self._parameter(value, place)
        if value.tensor is None:
            facts = facts_of("constant", [], {"shape": value.shape})
            value.tensor = self._add(Node("", "constant", (), facts, (), None), place.beside("constant"))
        return value.tensor

    def bias(self, linear: Node, value: Value) -> None:
        """Add a bias to a linear layer that has none."""
        settings = {**linear.facts.settings, "bias": True}
        facts = facts_of("linear", [linear.inputs[0].shape], settings)
        facts.take_as_inputs({*facts.weights} - {*linear.facts.weights, "bias"}, 1)
        linear.facts, linear.weights = facts, (*linear.weights, value.name)
        self.trace.weights[value.name] = value.shape

    def fits(self, value: Value, shape: Shape) -> bool:
        """True if the value is stored in the file and was not read as a weight of another shape before."""
        return bool(value.name) and self.trace.weights.get(value.name, shape) == shape

    @contextmanager
    def apart(self) -> Iterator[Part]:
        """While this lasts, new nodes belong to a part of the graph, which `forget` can take out again."""
        outer, self._begin = self._begin, len(self.trace.nodes)
        part = Part(self._begin, len(self.trace.weights), len(self.notes))
        try:
            yield part
        finally:
            self._begin = outer

    def leave_out(self, nodes: Sequence[Node], last: int) -> None:
        """Take out some of the last nodes again, except parameters and constants, which others may read."""
        begin = len(self.trace.nodes) - last
        gone = {id(node) for node in nodes if node.op not in ("constant", "parameter")}
        pairs = zip(self.trace.nodes[begin:], self._places[begin:], strict=True)
        kept = [(node, place) for node, place in pairs if id(node) not in gone]
        del self.trace.nodes[begin:], self._places[begin:]
        for node, place in kept:
            self._add(node, place)

    def forget(self, part: Part) -> None:
        """Take out all nodes of a part, as if it had not been read."""
        nodes = self.trace.nodes[part.nodes :]
        self.leave_out(nodes, len(nodes))
        for table, size in ((self.trace.weights, part.weights), (self.notes, part.notes)):
            while len(table) > size:
                table.popitem()
        for node in self.trace.nodes[part.nodes :]:
            self.trace.weights.update(dict.fromkeys(node.weights, node.facts.outputs[0]))

    def is_apart(self, node: Node) -> bool:
        """True for a node outside of the innermost part that is being read."""
        return self._numbers[id(node)] < self._begin

    def finish(self) -> tuple[Node, ...]:
        """Give all nodes their names and blocks; a module with one node in it is that node."""
        used = {name for node in self.trace.nodes for name in node.weights}
        for name in [name for name in self.trace.weights if name not in used]:  # of a branch that is left out
            self._parameter(Value(self.trace.weights[name], 0, name=name, learned=True), Place((), "output"))
        alone = Counter(place.modules for place in self._places if not place.helper)
        around = {place.modules[:i] for place in self._places for i in range(len(place.modules))}
        taken: Counter[str] = Counter()
        stack: list[BlockCall] = []
        for node, place in zip(self.trace.nodes, self._places, strict=True):
            modules, name = place.modules, ".".join([*place.modules[-1:], place.label])
            if node.op == "parameter":
                name = place.label
            elif not place.helper and modules and alone[modules] == 1 and modules not in around:
                modules, name = modules[:-1], modules[-1]
            while len(stack) > len(modules) or any(a.path != b for a, b in zip(stack, modules, strict=False)):
                stack.pop()
            for path in modules[len(stack) :]:
                stack.append(BlockCall(path, stack[-1] if stack else None))
            node.block = stack[-1] if stack else None
            node.name = unique(name, taken)
            self.trace.buffers.update({f"{node.name}.{key}": size for key, size in node.facts.buffers.items()})
            if node.weights and node.weights != tuple(f"{node.name}.{key}" for key in node.facts.weights):
                node.noticed = Noticed(no_call=True)  # torch would name them otherwise
        return tuple(self.trace.nodes)

    def _operand(self, x: Operand, place: Place, made: dict[int, Node]) -> Tensor | None:
        if isinstance(x, Value):
            return self.source(x, place)
        pending, index = (x.node, x.index) if isinstance(x, PendingOutput) else (x, 0)
        if id(pending) not in made:
            sources = [self._operand(each, place, made) for each in pending.inputs]
            made[id(pending)] = self._node(pending, place, sources)
        return Tensor(self.trace, pending.facts.outputs[index], made[id(pending)], index)

    def _node(self, pending: PendingNode, place: Place, sources: list[Tensor | None]) -> Node:
        names: list[str] = []
        given: list[str] = []
        for (key, shape), value in zip(pending.facts.weights.items(), pending.weights, strict=True):
            if self.fits(value, shape):
                self.trace.weights[value.name] = shape
                names.append(value.name)
            else:
                given.append(key)
                sources.append(self.source(value, place))
        if given:
            pending.facts.take_as_inputs(given, len([x for x in sources if x is not None]) - len(given))
        inputs = tuple(tensor for tensor in sources if tensor is not None)
        noticed = Noticed(no_call=bool(given))
        node = Node("", pending.op, inputs, pending.facts, tuple(names), None, noticed)
        self._add(node, place.beside(pending.label) if pending.label else place)
        return node

    def _parameter(self, value: Value, place: Place) -> Tensor:
        """A learned tensor as a node. If it was read in another shape before, a view of that node."""
        if value.name not in self._parameters:
            shape = self.trace.weights.setdefault(value.name, value.shape)
            node = Node("", "parameter", (), facts_of("parameter", [], {"shape": shape}), (value.name,), None)
            self._parameters[value.name] = self._add(node, place.beside(clean(value.name)))
        found = self._parameters[value.name]
        if found.shape == value.shape:
            return found
        settings = {"aten": "view", "shapes": [value.shape], "fresh": False}
        node = Node("", "move", (found,), facts_of("move", [found.shape], settings), (), None)
        return self._add(node, place.beside("view"))

    def _add(self, node: Node, place: Place) -> Tensor:
        self._numbers[id(node)] = len(self.trace.nodes)
        self.trace.nodes.append(node)
        self._places.append(place)
        return Tensor(self.trace, node.facts.outputs[0], node, 0)
