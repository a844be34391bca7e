"""ONNX files that are broken, or mean harm, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import onnx
from onnx import TensorProto, helper
from onnx_files import FLOAT, INT64, network, node, numbers, weight

CONV = node("Conv", "x w", "y", kernel_shape=[3, 3])
W = weight("w", 4, 3, 3, 3)


def small() -> onnx.ModelProto:
    """A convolution, a shape that is computed, and a linear layer."""
    nodes = [
        node("Conv", "x w b", "c", name="/stem/conv/Conv", pads=[1, 1, 1, 1]),
        node("Relu", "c", "r", name="/stem/relu/Relu"),
        node("Shape", "r", "s"),
        node("Gather", "s zero", "n", axis=0),
        node("Concat", "n rest", "t", axis=0),
        node("Reshape", "r t", "f"),
        node("Gemm", "f g", "y", transB=1),
    ]
    stored = [W, weight("b", 4), weight("g", 5, 256), numbers("zero", [0]), numbers("rest", [-1])]
    return network(nodes, stored)


def deep(levels: int) -> onnx.ModelProto:
    """A branch in a branch in a branch."""
    end = [helper.make_tensor_value_info("y", FLOAT, None)]
    other = graph = helper.make_graph([node("Identity", "x", "y")], "g", [], end)
    for _ in range(levels):
        graph = helper.make_graph([node("If", "true", "y", then_branch=graph, else_branch=other)], "g", [], end)
    return network(list(graph.node), [numbers("true", True, bool)])


def endless(levels: int) -> bytes:
    """Graphs in attributes of nodes of graphs, as bytes: protobuf itself would not make them."""

    def within(field: int, inside: bytes) -> bytes:
        length, size = b"", len(inside)
        while size > 127:
            length, size = length + bytes([size & 127 | 128]), size >> 7
        return bytes([field << 3 | 2]) + length + bytes([size]) + inside

    graph = b""
    for _ in range(levels):
        graph = within(1, within(5, within(6, graph)))
    return within(7, graph)


def bomb(levels: int) -> onnx.ModelProto:
    """Functions that call the next one twice: 2^levels nodes in a few lines."""
    sets = [helper.make_opsetid("", 21), helper.make_opsetid("own", 1)]
    functions = [
        helper.make_function(
            "own", f"f{i}", ["a"], ["c"],
            [node(f"f{i + 1}", "a", "b", domain="own"), node(f"f{i + 1}", "b", "c", domain="own")], sets,
        )
        for i in range(levels)
    ]  # fmt: skip
    functions.append(helper.make_function("own", f"f{levels}", ["a"], ["c"], [node("Relu", "a", "c")], sets))
    return network([node("f0", "x", "y", domain="own")], functions=functions)


def recursive() -> onnx.ModelProto:
    sets = [helper.make_opsetid("", 21), helper.make_opsetid("own", 1)]
    body = [node("f", "a", "c", domain="own")]
    function = helper.make_function("own", "f", ["a"], ["c"], body, sets)
    return network([node("f", "x", "y", domain="own")], functions=[function])


def doubled(op: str, times: int) -> onnx.ModelProto:
    """Each node twice as large as the one before."""
    nodes = [node(op, f"t{i} t{i}", f"t{i + 1}", axis=0) for i in range(times)]
    return network([node("Identity", "x", "t0"), *nodes], outputs=f"t{times}")


def scattered(location: str) -> onnx.ModelProto:
    """Tensors of all kinds whose data is declared to be in another file, at `location`."""
    inner = helper.make_graph([node("Identity", "k", "z")], "g", [], [onnx.ValueInfoProto(name="z")], [weight("k", 2)])
    nodes = [
        CONV,
        helper.make_node("Constant", [], ["c"], value=weight("", 2)),
        node("ConstantOfShape", "few", "o", value=weight("", 1)),
        node("Cast", "s", "r", to=FLOAT),
        node("If", "yes", "i", then_branch=inner, else_branch=inner),
        node("Cast", "n", "m", to=INT64),
    ]
    stored = [W, weight("s", 2, type=INT64), weight("n", 2)]
    model = network(nodes, [*stored, numbers("few", [2, 2]), numbers("yes", True, bool)])
    attributes = [attribute for each in model.graph.node for attribute in each.attribute]
    inside = [tensor for attribute in attributes for tensor in (attribute.t, *attribute.g.initializer)]
    for tensor in [*model.graph.initializer[:3], *(tensor for tensor in inside if tensor.dims)]:
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=location)
    return model


def changed(change: Callable[[onnx.ModelProto], Any]) -> onnx.ModelProto:
    model = small()
    change(model)
    return model


def dims(*sizes: int) -> Callable[[onnx.ModelProto], Any]:
    """Another size for each axis of the input."""

    def change(model: onnx.ModelProto) -> None:
        for dim, size in zip(model.graph.input[0].type.tensor_type.shape.dim, sizes, strict=False):
            dim.dim_value = size

    return change


BROKEN: dict[str, tuple[onnx.ModelProto | bytes, str]] = {
    "empty": (b"", "its graph is missing or empty"),
    "text": (b"this is no protobuf, but a letter of some length\n" * 9, "is not an ONNX file"),
    "zeros": (bytes(1000), "is not an ONNX file"),
    "truncated": (small().SerializeToString()[:-40], "is not an ONNX file"),
    "a json": (b'{"format": "costcalc", "version": 1}', "is not an ONNX file"),
    "no nodes": (network([]), "its graph is missing or empty"),
    "no input": (changed(lambda m: m.graph.ClearField("input")), "its graph has no inputs"),
    "a sequence": (
        changed(lambda m: m.graph.input[0].type.sequence_type.elem_type.tensor_type.SetInParent()),
        "is not a tensor",
    ),
    "a number": (changed(lambda m: m.graph.input[0].type.tensor_type.shape.ClearField("dim")), "at least 3 dimensions"),
    "a huge axis": (changed(dims(1, 2**41)), "an axis of 2199023255552: sizes are integers from 1 to 2^40"),
    "huge axes": (changed(dims(2**40, 2**40, 2**40, 2**40)), "is too large: 4 axes"),
    "a negative axis": (changed(dims(1, 3, -8, 8)), "an axis of -8"),
    "an axis of 0": (changed(dims(1, 3, 0, 8)), "an axis of 0"),
    "65 axes": (network([node("Relu", "x", "y")], inputs={"x": [1] * 65}), "is too large: 65 axes"),
    "a weight of exabytes": (network([CONV], [weight("w", 2**30, 3, 3, 2**40)]), "is too large"),
    "a negative weight": (network([CONV], [weight("w", 4, -3, 3, 3)]), "an axis of -3"),
    "a cycle": (
        network([node("Relu", "b", "a"), node("Relu", "a", "b")], outputs="b"),
        "reads 'b', which nothing before",
    ),
    "itself": (network([node("Relu", "y", "y")]), "reads 'y', which nothing before"),
    "no output": (network([node("Relu", "x", "z")]), "the network's output reads 'y', which nothing before it makes"),
    "stored twice": (network([CONV], [W, W]), "initializer 'w' is there twice"),
    "made twice": (network([node("Relu", "x", "y"), node("Relu", "x", "y")]), "makes 'y', which is there before"),
    "over the input": (network([node("Relu", "x", "x")], outputs="x"), "makes 'x', which is there before"),
    "no attribute": (network([node("Concat", "x x", "y")]), "(Concat): the shape of its output cannot be told"),
    "no value": (network([node("Constant", "", "c"), node("Add", "x c", "y")]), "(Constant): it has no value"),
    "no inputs": (network([node("Conv", "", "y")]), "(Conv): the shape of its output cannot be told"),
    "the wrong type": (
        network([node("Conv", "x w", "y", strides="two")], [W]),
        "(Conv): attribute 'strides' is of type STRING, not INTS",
    ),
    "an axis that ends ONNX's own inference": (
        network([node("LayerNormalization", "x w", "y", axis=2**31)], [weight("w", 8)]),
        "(LayerNormalization): attribute 'axis' is 2147483648: a tensor has at most 64 axes",
    ),
    **{
        f"an equation {equation!r} that ONNX's own inference never ends": (
            network([node("Einsum", "x w", "y", equation=equation)], [W]),
            f"(Einsum): attribute 'equation' is {equation.replace(' ', '')!r}: expected letters and one '...' per term",
        )
        for equation in ("i.j,jk->ik", "i..j,jk", "......,jk->jk", "...i. ..,jk", "jk,.")
    },
    "strides of 0": (network([node("Conv", "x w", "y", strides=[0, 0])], [W]), "(Conv): the shape of its output"),
    "too many strides": (network([node("Conv", "x w", "y", strides=[1] * 9)], [W]), "(Conv): the shape of its output"),
    "no opset": (changed(lambda m: m.ClearField("opset_import")), "the shape of its output cannot be told"),
    "a name that is no text": (
        small().SerializeToString().replace(b"/stem/relu/Relu", b"/stem/\xff\xfe\xfd\xfc/Relu"),
        "is not a text",
    ),
    "a future op": (network([node("Teleport", "x", "y")]), "(Teleport): the shape of its output cannot be told"),
    "another's op": (
        network([node("Fused", "x", "y", domain="com.example")]),
        "(Fused): the shape of its output cannot be told without running the network: the file does not say",
    ),
    "numbers decide": (network([node("NonZero", "x", "y")]), "(NonZero): the shape of its output cannot be told"),
    "graphs without end": (endless(10_000), "is not an ONNX file"),
    "a bomb of functions": (bomb(40), "it has more than 100000 nodes"),
    "a function of itself": (recursive(), "function 'f' calls itself"),
    "doubled": (doubled("Concat", 60), "an axis of 2199023255552"),
    "a giant constant": (
        network([node("ConstantOfShape", "s", "c"), node("Add", "x c", "y")], [numbers("s", [2**39, 2**39])]),
        "is too large",
    ),
    "a giant range": (
        network(
            [node("Range", "a b d", "r"), node("Gather", "x r", "y", axis=3)],
            [numbers("a", 0), numbers("b", 2**50), numbers("d", 1)],
        ),
        "an axis of 1125899906842624",
    ),
    "giant tiles": (network([node("Tile", "x s", "y")], [numbers("s", [2**35] * 4)]), ""),
    "a giant expansion": (
        network([node("Expand", "x s", "y")], [numbers("s", [2**39] * 4)], {"x": (1, 1, 1, 1)}),
        "is too large",
    ),
    "negative pads": (network([node("Pad", "x p", "y")], [numbers("p", [0, 0, -99, 0, 0, 0, 0, 0])]), ""),
    "a reshape that does not fit": (
        network([node("Reshape", "x s", "y")], [numbers("s", [7, 7])]),
        "(1, 3, 8, 8) cannot become (7, 7)",
    ),
    "rank 4096": (network([node("Reshape", "x s", "y")], [numbers("s", [192] + [1] * 4000)]), "4001 axes"),
    "sparse": (changed(lambda m: m.graph.sparse_initializer.add()), "sparse initializers, which are not read"),
}
