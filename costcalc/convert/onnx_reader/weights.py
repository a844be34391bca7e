"""Tensors of a file that an op reads as its weights, directly or moved, cast or dequantized.

An initializer of floating point is a weight wherever it is read. A Constant may as well be a mask or a mean: it is a
weight if a layer reads it as one, and so is the output of ConstantOfShape. If a file has no matrices among its
initializers, its Constants hold its weights. Then operands of products, tables of embeddings, and biases and scales
that are written as arithmetic after a layer are weights too. All other arithmetic reads constants.

All of a tensor is a weight, once, as an initializer would be: if it is cut, the tensor that it is cut from; if it is
put together, each tensor that it is made of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from math import prod

import onnx

from costcalc.convert.onnx_reader import op_kinds
from costcalc.convert.onnx_reader.handlers import Call
from costcalc.convert.onnx_reader.inlined_size import domain, graphs
from costcalc.convert.onnx_reader.operands import FLOATS, QUANTIZED, Value
from costcalc.spec import CostcalcError

ALL = range(2**31)

LAYERS: dict[str, Collection[int]] = {
    "BatchNormalization": (1, 2),
    "Conv": (1, 2),
    "ConvInteger": (1,),
    "ConvTranspose": (1, 2),
    "DeformConv": (1, 3),
    "GRU": (1, 2, 3),
    "Gemm": (1, 2),
    "GroupNormalization": (1, 2),
    "InstanceNormalization": (1, 2),
    "LSTM": (1, 2, 3, 7),
    "LayerNormalization": (1, 2),
    "PRelu": (1,),
    "QLinearConv": (3, 8),
    "RMSNormalization": (1,),
    "RNN": (1, 2, 3),
    "com.microsoft::FusedConv": (1, 2),
    "com.microsoft::MatMulNBits": (5,),
}
"""Inputs that are weights: kernels, biases, scales and shifts, slopes."""

MATRICES = {"MatMul": 1, "MatMulInteger": 1, "QLinearMatMul": 3, "com.microsoft::FusedMatMul": 1}
"""The input that is the weight of a linear layer if it is a matrix, and another input is not a constant."""

PRODUCTS = {"Einsum", "Gemm", *MATRICES}

NORMS = {
    "BatchNormalization", "GroupNormalization", "InstanceNormalization", "LayerNormalization", "RMSNormalization"
}  # fmt: skip
"""Ops with a scale and a shift. Exporters write ones and zeros for a norm without them."""

CARRIED: dict[str, Collection[int]] = {
    **dict.fromkeys(
        (
            "BitCast", "Cast", "CastLike", "CenterCropPad", "Compress", "DepthToSpace", "DequantizeLinear", "Dropout",
            "Expand", "Flatten", "Gather", "GatherElements", "GatherND", "Identity", "Pad", "QuantizeLinear", "Reshape",
            "ReverseSequence", "Slice", "SpaceToDepth", "Split", "Squeeze", "Tile", "Transpose", "Trilu", "Unsqueeze",
        ),
        (0,),
    ),
    **dict.fromkeys(("Scatter", "ScatterElements", "ScatterND"), (0, 2)),
    "Concat": ALL,
    "Where": (1, 2),
}  # fmt: skip
"""Inputs whose elements an op outputs, moved, cast or dequantized."""

MOST = 256
"""Upper bound for the tensors of the file that one weight is put together from."""


def carried(call: Call) -> Sequence[Value] | None:
    """The tensors of the file that the output of an operation on constants is made of; None if there are too many.

    Arithmetic keeps the elements of its largest operand, as weights in other units: dequantized by hand, normalized.
    """
    places = CARRIED.get(call.op, ())
    if not places and op_kinds.kind(call.op) == "elementwise" and call.types[0] in FLOATS | QUANTIZED:
        size = prod(call.shapes[0] or ())
        places = {i for i, x in enumerate(call.inputs) if x is not None and prod(x.shape) == size}
    found: dict[str, Value] = {}
    for i, x in enumerate(call.inputs):
        if x is None or i not in places:
            continue
        if x.sources is None:
            return None
        found.update((source.name, source) for source in x.sources)
        if len(found) > MOST:
            return None
    return tuple(found.values())


def dequantized(call: Call) -> Sequence[Value] | None:
    """The tensors of the file that arithmetic dequantizes, also if the scale is an initializer; otherwise None."""
    if op_kinds.kind(call.op) != "elementwise" or not all(x.constant or x.learned for x in call.present):
        return None
    sources = carried(call)
    return sources if sources and all(source.type in QUANTIZED for source in sources) else None


def are_initializers(graph: onnx.GraphProto) -> bool:
    """True if matrices or kernels are among the initializers: then Constants do not hold the weights of the file."""
    return any(t.data_type in FLOATS | QUANTIZED and sum(size > 1 for size in t.dims) > 1 for t in graph.initializer)


def read_by(call: Call, in_constants: bool) -> Iterator[tuple[int, Sequence[Value]]]:
    """The constants that the op reads as weights: the number of the input, and the tensors of the file behind it.

    in_constants  True if the file keeps its weights in Constants

    Raises CostcalcError if these tensors are too many.
    """
    free = all(x.constant for x in call.present)
    for i, x in enumerate(call.inputs):
        if x is not None and x.constant and x.sources != () and _is_weight(i, x, call, free, in_constants):
            if x.sources is None:
                raise CostcalcError(f"its weight is put together from more than {MOST} tensors of the file")
            yield i, x.sources


def _is_weight(i: int, x: Value, call: Call, free: bool, in_constants: bool) -> bool:
    """True if the op reads the input as a weight. `free`: all inputs are constants."""
    if call.op == "Gemm" and i == 2 and x.shape[-1:] != (call.shapes[0] or ())[-1:]:
        return False  # one number, which exporters write for a product without a bias
    if i in LAYERS.get(call.op, ()):
        return call.op not in NORMS or not _stands_for_none(i, call)
    if i == MATRICES.get(call.op) and len(x.shape) == 2:
        return not free
    if free or not in_constants or x.type not in FLOATS:
        return False
    if call.op in ("Add", "Mul"):
        return len(call.inputs) == 2 and _is_of_a_layer(x, call.inputs[1 - i], call)
    if call.op == "Gather":  # an embedding
        return (
            i == 0 and len(x.shape) == 2 and call.attributes.get("axis", 0) in (0, -2) and call.operand(1).shape != ()
        )
    return call.op in PRODUCTS or "::" in call.op  # of another domain, nothing is known


def _stands_for_none(i: int, call: Call) -> bool:
    """True for a scale of ones, or a shift of zeros, of a norm that has none.

    Not if the scale is zero, as in a file without its weights; nor if the statistics are Constants as well, as in a
    file without initializers.
    """
    scale, x, mean = call.given(1), call.given(i), call.given(3)
    if scale is None or scale.fill == 0 or (mean is not None and mean.constant and mean.sources != ()):
        return False
    return x is not None and x.fill == 2 - i


def _is_of_a_layer(x: Value, other: Value | None, call: Call) -> bool:
    """True for one number per channel, added to the output of a layer with weights, or multiplied with it."""
    node = other.tensor.node if other is not None and other.tensor is not None else None
    if node is None or not (node.weights or any(t.node and t.node.op == "parameter" for t in node.inputs[:2])):
        return False
    return call.shapes[0] == node.facts.outputs[0] and sum(size > 1 for size in x.shape) == 1


def wanted(graph: onnx.GraphProto) -> set[str]:
    """Names that the nodes of a graph, or of graphs inside it, read as weights, directly or moved."""
    found: set[str] = set()
    for node in reversed(graph.node):
        for inner in graphs(node):
            found |= wanted(inner)
        op = "" if domain(node.domain) else node.op_type
        places = () if found.isdisjoint(node.output) else CARRIED.get(op, ())
        read = (*LAYERS.get(op, ()), MATRICES.get(op))
        found.update(name for i, name in enumerate(node.input) if name and (i in places or i in read))
    return found
