"""Tensors of a file that an op reads as its weights, directly or moved, cast or dequantized.

An initializer of floating point is a weight wherever it is read. A Constant may as well be a mask or a mean: it, and
what ConstantOfShape makes, is a weight only where an op has one. Then all of it is, once, as an initializer would be:
of a slice the tensor that it is cut from, of a concatenation all tensors that it is made of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from math import prod

import onnx

from costcalc.convert.onnx_reader.handlers import Call
from costcalc.convert.onnx_reader.inlined_size import domain, graphs
from costcalc.convert.onnx_reader.operands import FLOATS, Value
from costcalc.spec import CostcalcError

ALL = range(2**31)

LAYERS: dict[str, Collection[int]] = {
    "BatchNormalization": (1, 2),
    "Conv": (1, 2),
    "ConvInteger": (1,),
    "ConvTranspose": (1, 2),
    "DeformConv": (1, 3),
    "GRU": (1, 2, 3),
    "GroupNormalization": (1, 2),
    "InstanceNormalization": (1, 2),
    "LSTM": (1, 2, 3, 7),
    "LayerNormalization": (1, 2),
    "PRelu": (1,),
    "QLinearConv": (3, 8),
    "RMSNormalization": (1,),
    "RNN": (1, 2, 3),
}
"""Inputs that are weights: kernels, biases, scales and shifts, slopes."""

PRODUCTS: dict[str, Collection[int]] = {
    "Einsum": ALL,
    "Gemm": (0, 1, 2),
    "MatMul": (0, 1),
    "MatMulInteger": (0, 1),
    "QLinearMatMul": (0, 3),
}
"""Inputs that are weights where another input is not a constant."""

CARRIED: dict[str, Collection[int]] = {
    **dict.fromkeys(
        (
            "BitCast", "Cast", "CastLike", "CenterCropPad", "Compress", "DepthToSpace", "DequantizeLinear", "Expand",
            "Flatten", "Gather", "GatherElements", "GatherND", "Identity", "Pad", "QuantizeLinear", "Reshape",
            "ReverseSequence", "Slice", "SpaceToDepth", "Split", "Squeeze", "Tile", "Transpose", "Trilu", "Unsqueeze",
        ),
        (0,),
    ),
    **dict.fromkeys(("Scatter", "ScatterElements", "ScatterND"), (0, 2)),
    "Concat": ALL,
    "Where": (1, 2),
}  # fmt: skip
"""Inputs whose elements an op puts out, moved, cast or dequantized."""

SCALED = {"Add", "Div", "Mul", "Sub"}
"""With a constant that has fewer elements: dequantizing by hand, or weights in other units."""

MOST = 256
"""Tensors of the file that one weight is put together from."""


def carried(call: Call) -> Sequence[Value] | None:
    """The tensors of the file that the output of an operation on constants is made of; None if there are too many."""
    if call.op in SCALED:
        size = prod(call.shapes[0] or ())
        inputs = [x for x in call.present if prod(x.shape) == size]
    else:
        places = CARRIED.get(call.op, ())
        inputs = [x for i, x in enumerate(call.inputs) if x is not None and i in places]
    found: dict[str, Value] = {}
    for x in inputs:
        if x.sources is None:
            return None
        found.update((source.name, source) for source in x.sources)
        if len(found) > MOST:
            return None
    return tuple(found.values())


def read_by(call: Call) -> Iterator[tuple[int, Sequence[Value]]]:
    """The constants that the op reads as weights: the number of the input, and the tensors of the file behind it.

    Raises CostcalcError if these are too many.
    """
    places = _slots(call)
    for i, x in enumerate(call.inputs):
        if i in places and x is not None and x.constant:
            if x.sources is None:
                raise CostcalcError(f"its weight is put together from more than {MOST} tensors of the file")
            if x.sources:
                yield i, x.sources


def _slots(call: Call) -> Collection[int]:
    if call.op in LAYERS:
        return LAYERS[call.op]
    if all(x.constant for x in call.present):
        return ()
    if "::" in call.op:  # nothing is known of it: all that it reads, as of initializers
        return [i for i, x in enumerate(call.inputs) if x is not None and x.type in FLOATS]
    if call.op in ("Add", "Mul") and len(call.present) == 2:
        return [i for i in (0, 1) if _of_a_layer(call.present[i], call.present[1 - i], call)]
    if call.op == "Gather":
        return (0,) if _is_table(call) else ()
    return PRODUCTS.get(call.op, ())


def _is_table(call: Call) -> bool:
    """True if rows of a matrix of floating point are looked up by ids."""
    table, ids = call.operand(0), call.operand(1)
    rows = len(table.shape) == 2 and call.attributes.get("axis", 0) in (0, -2)
    return rows and table.type in FLOATS and bool(ids.shape)


def _of_a_layer(x: Value, other: Value, call: Call) -> bool:
    """True for one number per channel, added to what a layer with weights puts out, or multiplied with it."""
    node = other.tensor.node if other.tensor is not None else None
    if node is None or not (node.weights or any(t.node is not None and t.node.op == "parameter" for t in node.inputs)):
        return False
    return call.shapes[0] == other.shape and sum(size > 1 for size in x.shape) == 1


def wanted(graph: onnx.GraphProto) -> set[str]:
    """Names of what the nodes of a graph read as weights, directly or moved, also in graphs inside it."""
    found: set[str] = set()
    for node in reversed(graph.node):
        for inner in graphs(node):
            found |= wanted(inner)
        op = "" if domain(node.domain) else node.op_type
        places = LAYERS.get(op) or PRODUCTS.get(op) or (() if found.isdisjoint(node.output) else CARRIED.get(op, ()))
        found.update(name for i, name in enumerate(node.input) if name and i in places)
    return found
