"""Parts of an ONNX file to change, and replacements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

import onnx
from onnx import TensorProto, defs

Mutation = Callable[[Random, onnx.ModelProto], None]

SIZES = [0, 1, 2, 3, 4, 7, 16, 64, -1, -7, 10**7, 2**31, 2**40, 2**40 + 1, 2**62, 2**63 - 1, -(2**63)]
FLOATS = [0.0, -1.0, 1e-5, 0.5, 6.0, 1e38, float("inf"), float("nan")]
NAMES = [
    "",
    "x",
    "w",
    "a/b/c",
    "l.0.weight",
    "\x1b]0;t\x07",
    "a\nb\r\n|&\\",
    "=cmd|' /C'!A0",
    "ü" * 2000,
    "\x00",
    "../x",
]
PLACES = ["/etc/passwd", "../../etc/passwd", "weights.bin", "", "http://127.0.0.1/x", "/dev/zero", "\x00"]
SCOPES = ["['', 'a', 'a.b', 'conv']", "[1, 2]", "{}", "[" * 9000, "['\\d']", "1", "[" + "'x', " * 900 + "]", "()"]
OPS = sorted({schema.name for schema in defs.get_all_schemas() if not schema.domain})
ATTRIBUTES = sorted({name for schema in defs.get_all_schemas() for name in schema.attributes})
TYPES = sorted(TensorProto.DataType.values())


def graphs(model: onnx.ModelProto) -> list[Any]:
    """The main graph, those inside nodes, and functions."""

    def within(graph: Any) -> Iterator[Any]:
        yield graph
        for node in graph.node:
            for attribute in node.attribute:
                for inner in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                    yield from within(inner)

    return [found for graph in (model.graph, *model.functions) for found in within(graph)]


def nodes(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    return [node for graph in graphs(model) for node in graph.node]


def attributes(model: onnx.ModelProto) -> list[onnx.AttributeProto]:
    return [attribute for node in nodes(model) for attribute in node.attribute]


def tensors(model: onnx.ModelProto) -> list[TensorProto]:
    """What the file keeps, in attributes too."""
    stored = [tensor for graph in graphs(model) for tensor in getattr(graph, "initializer", ())]
    return stored + [a.t for a in attributes(model) if a.HasField("t")]


def names(model: onnx.ModelProto) -> list[str]:
    return [*(x.name for x in model.graph.input), *(x for node in nodes(model) for x in (*node.input, *node.output))]


def place(random: Random, found: Sequence[Any]) -> int:
    """The place of one of them."""
    return random.randrange(len(found))
