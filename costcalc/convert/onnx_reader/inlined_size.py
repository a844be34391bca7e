"""The size of a file once its functions are inlined, computed before any is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import onnx

from costcalc.convert.onnx_reader.module_paths import clean
from costcalc.spec import CostcalcError

MOST_NODES = 100_000
MOST_PARTS = 2_000_000
MOST_BYTES = 2**28
"""Larger files are refused: nested functions can expand to any number of nodes."""

DEEPEST = 64
"""Nesting of functions that call functions."""

Key = tuple[str, str, str]
Functions = Mapping[Key, onnx.FunctionProto]


class Size(NamedTuple):
    """Size of a list of nodes, including the functions that they call and the graphs inside them.

    nodes  how many
    parts  names that are read, made or declared, and attributes
    bytes  of functions, as often as they are called
    depth  of functions that call functions
    """

    nodes: int = 0
    parts: int = 0
    bytes: int = 0
    depth: int = 0

    def plus(self, other: Size) -> Size:
        """The sum of both."""
        depth = max(self.depth, other.depth)
        return Size(self.nodes + other.nodes, self.parts + other.parts, self.bytes + other.bytes, depth)


def domain(name: str) -> str:
    """The domain of an op; "" for ONNX's own."""
    return "" if name == "ai.onnx" else name


def called(node: onnx.NodeProto) -> Key:
    """The function that a node calls, if the file has one of that name."""
    return domain(node.domain), node.op_type, node.overload


def graphs(node: onnx.NodeProto) -> Iterator[onnx.GraphProto]:
    """The graphs inside a node."""
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def check_size(graph: onnx.GraphProto, functions: Functions) -> None:
    """Raises CostcalcError if a graph is too large once its functions are inlined, or if a function calls itself.

    Each function is measured once, however often it is called.
    """
    size = _Measured(functions).of_graph(graph)
    if size.nodes > MOST_NODES:
        raise CostcalcError(f"it has more than {MOST_NODES} nodes, functions and branches written out")
    if size.parts > MOST_PARTS or size.bytes > MOST_BYTES:
        raise CostcalcError(
            f"its nodes have more than {MOST_PARTS} inputs, outputs and attributes, or {MOST_BYTES // 2**20} MiB, "
            "functions written out"
        )


def written_out(nodes: Sequence[onnx.NodeProto]) -> int:
    """How many nodes there are, with those of the graphs inside them."""
    return _Measured({}).of_nodes(nodes).nodes


class _Measured:
    def __init__(self, functions: Functions) -> None:
        self.functions = functions
        self.known: dict[Key, Size] = {}
        self.open: list[Key] = []

    def of_graph(self, graph: onnx.GraphProto) -> Size:
        told = (graph.initializer, graph.value_info, graph.input, graph.output)
        return self.of_nodes(graph.node).plus(Size(parts=sum(map(len, told))))

    def of_nodes(self, nodes: Sequence[onnx.NodeProto]) -> Size:
        size = Size(len(nodes), sum(len(n.input) + len(n.output) + len(n.attribute) for n in nodes))
        for node in nodes:
            for graph in graphs(node):
                size = size.plus(self.of_graph(graph))
            if called(node) in self.functions:
                size = size.plus(self.of_function(called(node)))
        return size

    def of_function(self, key: Key) -> Size:
        if key in self.known:
            return self.known[key]
        function = self.functions[key]
        if key in self.open:
            raise CostcalcError(f"function {clean(function.name)!r} calls itself")
        self.open.append(key)
        inside = self.of_nodes(function.node) if len(self.open) <= DEEPEST else Size(depth=DEEPEST)
        self.open.pop()
        if inside.depth >= DEEPEST:
            raise CostcalcError(f"its functions call each other more than {DEEPEST} deep")
        told = (function.input, function.output, function.attribute, function.attribute_proto, function.value_info)
        own = Size(0, sum(map(len, told)), function.ByteSize(), inside.depth + 1)
        self.known[key] = inside.plus(own)
        return self.known[key]
