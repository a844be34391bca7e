"""Graphs inside a node that are not read: loops, and branches of a condition that depends on an input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import onnx

from costcalc.convert.onnx_reader.inlined_size import domain, graphs
from costcalc.convert.onnx_reader.operands import Value
from costcalc.convert.onnx_reader.stored_tensors import Names, Scope, of_constant, of_initializer
from costcalc.convert.onnx_reader.weights import wanted


def read_in(graph: onnx.GraphProto | onnx.FunctionProto) -> Iterator[str]:
    """Each name that a graph reads, once per use: by its nodes, in graphs inside it, and as an output."""
    for node in graph.node:
        yield from node.input
        for inner in graphs(node):
            yield from read_in(inner)
    yield from (output if isinstance(output, str) else output.name for output in graph.output)


def read_by_bodies(node: onnx.NodeProto, values: Mapping[str, Value], names: Names, scope: Scope) -> list[Value]:
    """The tensors that graphs inside a node read: outer ones, their own initializers, and Constants that are weights.

    values  the tensors around them, by name
    scope   of the node
    """
    found: list[Value] = []
    for number, graph in enumerate(graphs(node)):
        weights, own = wanted(graph), set()
        for inner, where in _levels(graph, (*scope, number)):
            for tensor in inner.initializer:
                found += _as_read(of_initializer(tensor, None, names.of(where, tensor.name)), tensor.name in weights)
            for each in inner.node:
                if each.op_type == "Constant" and not domain(each.domain) and not weights.isdisjoint(each.output):
                    found += _as_read(of_constant(each, names.of(where, each.output[0])), True)
                own.update(each.output)
            own.update(each.name for each in (*inner.initializer, *inner.input))
        outer = dict.fromkeys(name for name in read_in(graph) if name in values and name not in own)
        found += [x for name in outer for x in _as_read(values[name], name in weights)]
    return found


def _levels(graph: onnx.GraphProto, scope: Scope) -> Iterator[tuple[onnx.GraphProto, Scope]]:
    """The graph, and all graphs inside it."""
    yield graph, scope
    for number, node in enumerate(graph.node):
        for place, inner in enumerate(graphs(node)):
            yield from _levels(inner, (*scope, number, place))


def _as_read(x: Value, weight: bool) -> list[Value]:
    return list(x.sources) if weight and x.constant and x.sources else [x]
