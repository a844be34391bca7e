"""Small ONNX files of one op each: params and mult-adds that a reader can redo."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto
from onnx_files import INT64, network, node, numbers, weight

INT8 = TensorProto.INT8

ONE = {"x": (1, 3, 8, 8)}
W = weight("w", 4, 3, 3, 3)
ROWS = {"x": (2, 5, 6)}
STEPS = {"x": (5, 2, 6)}
SCALES = [numbers("s", 0.1, np.float32), numbers("z", 0, np.int8)]

OPS: dict[str, tuple[list[onnx.NodeProto], list[TensorProto], dict[str, Any], tuple[int, int]]] = {
    "convolution": ([node("Conv", "x w b", "y")], [W, weight("b", 4)], ONE, (112, 36 * 108)),
    "strides": ([node("Conv", "x w", "y", strides=[2, 2], pads=[1, 1, 1, 1])], [W], ONE, (108, 16 * 108)),
    "pads on one side": ([node("Conv", "x w", "y", pads=[0, 0, 1, 2])], [W], ONE, (108, 7 * 8 * 108)),
    "pads that cut off": ([node("Conv", "x w", "y", pads=[-1, 0, 0, 0])], [W], ONE, (108, 5 * 6 * 108)),
    "SAME_UPPER": ([node("Conv", "x w", "y", auto_pad="SAME_UPPER", strides=[2, 2])], [W], ONE, (108, 16 * 108)),
    "VALID": ([node("Conv", "x w", "y", auto_pad="VALID")], [W], ONE, (108, 36 * 108)),
    "depthwise": ([node("Conv", "x w", "y", group=3)], [weight("w", 6, 1, 3, 3)], ONE, (54, 36 * 54)),
    "one axis": ([node("Conv", "x w", "y")], [weight("w", 4, 3, 5)], {"x": (1, 3, 9)}, (60, 5 * 60)),
    "a weight that is computed": (
        [node("Conv", "x v", "y")], [], {"x": (1, 3, 8, 8), "v": (4, 3, 3, 3)}, (0, 36 * 108)),
    "transposed": (
        [node("ConvTranspose", "x w b", "y", strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])],
        [weight("w", 3, 5, 3, 3), weight("b", 5)], ONE, (140, 64 * 135)),
    "transposed to a size": (
        [node("ConvTranspose", "x w", "y", strides=[2, 2], output_shape=[15, 15])],
        [weight("w", 3, 5, 3, 3)], ONE, (135, 64 * 135)),
    "transposed, pads on one side": (
        [node("ConvTranspose", "x w", "y", strides=[2, 2], pads=[0, 0, 1, 1])],
        [weight("w", 3, 5, 3, 3)], ONE, (135, 64 * 135)),
    "Gemm": ([node("Gemm", "x w b", "y")], [weight("w", 6, 7), weight("b", 7)], {"x": (5, 6)}, (49, 5 * 42)),
    "Gemm, turned": (
        [node("Gemm", "x w b", "y", transA=1, transB=1, alpha=0.5)],
        [weight("w", 7, 6), weight("b", 1, 7)], {"x": (6, 5)}, (49, 5 * 42)),
    "Gemm, plus a matrix": (
        [node("Gemm", "x w b", "y", beta=2.0)], [weight("w", 6, 7), weight("b", 5, 7)], {"x": (5, 6)}, (77, 5 * 42)),
    "Gemm of inputs": ([node("Gemm", "x v", "y", transB=1)], [], {"x": (5, 6), "v": (7, 6)}, (0, 210)),
    "MatMul": ([node("MatMul", "x w", "y")], [weight("w", 6, 7)], ROWS, (42, 10 * 42)),
    "MatMul of inputs": ([node("MatMul", "x v", "y")], [], {"x": (2, 5, 6), "v": (2, 6, 7)}, (0, 10 * 42)),
    "MatMul of a batch of weights": ([node("MatMul", "x w", "y")], [weight("w", 2, 6, 7)], ROWS, (84, 10 * 42)),
    "MatMul of a weight first": ([node("MatMul", "w x", "y")], [weight("w", 7, 5)], ROWS, (35, 2 * 7 * 5 * 6)),
    "MatMul of a row": ([node("MatMul", "v x", "y")], [], {"x": (2, 5, 6), "v": (5,)}, (0, 2 * 30)),
    "MatMul of a column": ([node("MatMul", "x v", "y")], [], {"x": (2, 5, 6), "v": (6,)}, (0, 2 * 30)),
    "an inner product": ([node("MatMul", "x v", "y")], [], {"x": (6,), "v": (6,)}, (0, 6)),
    "a transposed weight": (
        [node("Transpose", "w", "t", perm=[1, 0]), node("MatMul", "x t", "y")], [weight("w", 7, 6)], ROWS, (42, 420)),
    "a weight in 8 bits": (
        [node("DequantizeLinear", "w s z", "d"), node("MatMul", "x d", "y")],
        [weight("w", 6, 7, type=INT8), *SCALES], ROWS, (42, 420)),
    "QLinearConv": (
        [node("QuantizeLinear", "x s z", "q"), node("QLinearConv", "q s z w s z s z b", "y")],
        [weight("w", 4, 3, 3, 3, type=INT8), weight("b", 4, type=TensorProto.INT32), *SCALES], ONE, (112, 36 * 108)),
    "ConvInteger": (
        [node("QuantizeLinear", "x s z", "q"), node("ConvInteger", "q w z z", "y")],
        [weight("w", 4, 3, 3, 3, type=INT8), *SCALES], ONE, (108, 36 * 108)),
    "QLinearMatMul": (
        [node("QuantizeLinear", "x s z", "q"), node("QLinearMatMul", "q s z w s z s z", "y")],
        [weight("w", 6, 7, type=INT8), *SCALES], ROWS, (42, 420)),
    "MatMulInteger": (
        [node("QuantizeLinear", "x s z", "q"), node("MatMulInteger", "q w z z", "y")],
        [weight("w", 6, 7, type=INT8), *SCALES], ROWS, (42, 420)),
    "Einsum, a product of matrices": (
        [node("Einsum", "x v", "y", equation="bij,bjk->bik")], [], {"x": (2, 5, 6), "v": (2, 6, 7)}, (0, 420)),
    "Einsum, in any order": (
        [node("Einsum", "x v", "y", equation="nhqd, nkhd -> nqhk")], [],
        {"x": (1, 4, 5, 6), "v": (1, 7, 4, 6)}, (0, 4 * 5 * 7 * 6)),
    "Einsum, summed before": (
        [node("Einsum", "x v", "y", equation="bijz,jk->bik")], [], {"x": (2, 5, 6, 9), "v": (6, 7)}, (0, 420)),
    "Einsum, a weight": ([node("Einsum", "x w", "y", equation="bij,jk->bik")], [weight("w", 6, 7)], ROWS, (42, 420)),
    "Einsum, a weight first": (
        [node("Einsum", "w x", "y", equation="jk,bij->bik")], [weight("w", 6, 7)], ROWS, (42, 420)),
    "Einsum, no output": ([node("Einsum", "x w", "y", equation="bij,jk")], [weight("w", 6, 7)], ROWS, (42, 420)),
    "Einsum, no output, sorted": (
        [node("Einsum", "x v", "y", equation="ja, kj")], [], {"x": (5, 6), "v": (7, 5)}, (0, 6 * 5 * 7)),
    "Einsum, leading axes": (
        [node("Einsum", "x v", "y", equation="...ij,...jk->...ik")], [],
        {"x": (2, 3, 5, 6), "v": (2, 3, 6, 7)}, (0, 6 * 210)),
    "Einsum, leading axes of one": (
        [node("Einsum", "x w", "y", equation="...j,jk->...k")], [weight("w", 6, 7)], {"x": (2, 3, 5, 6)}, (42, 1260)),
    "Einsum, leading axes that are none": (
        [node("Einsum", "x v", "y", equation="...ij,...jk")], [], {"x": (5, 6), "v": (6, 7)}, (0, 210)),
    "Einsum, a diagonal": (
        [node("Einsum", "x v", "y", equation="bii,ik->bk")], [], {"x": (2, 6, 6), "v": (6, 7)}, (0, 2 * 6 * 7)),
    "Einsum, a diagonal, summed before": (
        [node("Einsum", "x v", "y", equation="bjii,jk->bk")], [], {"x": (2, 6, 5, 5), "v": (6, 7)}, (0, 2 * 6 * 7)),
    "Einsum, summed on both sides": (
        [node("Einsum", "x v", "y", equation="aij,jkz->ak")], [], {"x": (2, 5, 6), "v": (6, 7, 3)}, (0, 2 * 6 * 7)),
    "Einsum, to one number": (
        [node("Einsum", "x v", "y", equation="ij,ij->")], [], {"x": (5, 6), "v": (5, 6)}, (0, 30)),
    "Einsum, without a sum": (
        [node("Einsum", "x v", "y", equation="bi,bj->bij")], [], {"x": (2, 5), "v": (2, 6)}, (0, 0)),
    "Einsum, sums of each alone": (
        [node("Einsum", "x v", "y", equation="ij,k->k")], [], {"x": (5, 6), "v": (7,)}, (0, 0)),
    "Einsum of one": ([node("Einsum", "x", "y", equation="bij->jb")], [], ROWS, (0, 0)),
    "Einsum of one, a trace": ([node("Einsum", "x", "y", equation="bii")], [], {"x": (2, 6, 6)}, (0, 0)),
    "an embedding": ([node("Gather", "w ids", "y")], [weight("w", 50, 8)], {"ids": (1, 5)}, (400, 0)),
    "LSTM": (
        [node("LSTM", "x w r b", "y", hidden_size=10)],
        [weight("w", 1, 40, 6), weight("r", 1, 40, 10), weight("b", 1, 80)], STEPS, (720, 10 * 640)),
    "LSTM with peepholes": (
        [node("LSTM", "x w r b - - - p", "y", hidden_size=10)],
        [weight("w", 1, 40, 6), weight("r", 1, 40, 10), weight("b", 1, 80), weight("p", 1, 30)],
        STEPS, (750, 10 * 640)),
    "GRU, both ways": (
        [node("GRU", "x w r b", "y", hidden_size=10, direction="bidirectional")],
        [weight("w", 2, 30, 6), weight("r", 2, 30, 10), weight("b", 2, 60)], STEPS, (2 * 540, 2 * 10 * 480)),
    "RNN": (
        [node("RNN", "x w r", "y", hidden_size=10)],
        [weight("w", 1, 10, 6), weight("r", 1, 10, 10)], STEPS, (160, 10 * 160)),
    "batch norm": (
        [node("BatchNormalization", "x a b m v", "y")], [weight(n, 3) for n in "abmv"], ONE, (6, 0)),
    "layer norm": ([node("LayerNormalization", "x a b", "y")], [weight("a", 6), weight("b", 6)], ROWS, (12, 0)),
    "RMS norm": ([node("RMSNormalization", "x a", "y")], [weight("a", 6)], ROWS, (6, 0)),
    "instance norm": (
        [node("InstanceNormalization", "x a b", "y")], [weight("a", 3), weight("b", 3)], ONE, (6, 0)),
    "group norm": (
        [node("GroupNormalization", "x a b", "y", num_groups=3)], [weight("a", 3), weight("b", 3)], ONE, (6, 0)),
    "a slope": ([node("PRelu", "x a", "y")], [weight("a", 3, 1, 1)], ONE, (3, 0)),
    "a learned position": ([node("Add", "x a", "y")], [weight("a", 1, 5, 6)], ROWS, (30, 0)),
    "a number": ([node("Add", "x a", "y")], [numbers("a", 2.0, np.float32)], ROWS, (0, 0)),
    "pools": (
        [node("MaxPool", "x", "a", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
         node("AveragePool", "a", "b", kernel_shape=[2, 2]), node("GlobalAveragePool", "b", "y")], [], ONE, (0, 0)),
}  # fmt: skip
"""(nodes, initializers, inputs, (params, mult-adds)); the output is y."""


def file_of(name: str) -> onnx.ModelProto:
    """The file of one op."""
    nodes, stored, inputs, _ = OPS[name]
    return network(nodes, stored, inputs, types={"ids": INT64}, opset=23 if "RMS" in name else 21)
