"""ONNX ops without an op of costcalc: arithmetic on elements and moves are zero by convention, others unknown."""

from __future__ import annotations

from typing import Literal

Kind = Literal["elementwise", "move", "unknown"]

ELEMENTWISE = {
    "Abs", "Acos", "Acosh", "Add", "AffineGrid", "And", "ArgMax", "ArgMin", "Asin", "Asinh", "Atan", "Atanh",
    "AveragePool", "BatchNormalization", "BitShift", "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor",
    "BlackmanWindow", "Ceil", "Celu", "Clip", "Col2Im", "Cos", "Cosh", "CumProd", "CumSum", "DequantizeLinear", "Div",
    "Dropout", "DynamicQuantizeLinear", "Elu", "Equal", "Erf", "Exp", "Floor", "Gelu", "GlobalAveragePool",
    "GlobalLpPool", "GlobalMaxPool", "Greater", "GreaterOrEqual", "GridSample", "GroupNormalization", "HammingWindow",
    "HannWindow", "HardSigmoid", "HardSwish", "Hardmax", "InstanceNormalization", "IsInf", "IsNaN", "LRN",
    "LayerNormalization", "LeakyRelu", "Less", "LessOrEqual", "Log", "LogSoftmax", "LpNormalization", "LpPool", "Max",
    "MaxPool", "MaxRoiPool", "Mean", "MeanVarianceNormalization", "Min", "Mish", "Mod", "Mul", "Neg",
    "NegativeLogLikelihoodLoss", "Not", "Or", "PRelu", "Pow", "QuantizeLinear", "RMSNormalization", "Range",
    "Reciprocal", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin",
    "ReduceProd", "ReduceSum", "ReduceSumSquare", "Relu", "Resize", "RoiAlign", "RotaryEmbedding", "Round",
    "ScaledTanh", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Softmax", "SoftmaxCrossEntropyLoss", "Softplus",
    "Softsign", "Sqrt", "Sub", "Sum", "SwiGLU", "Swish", "Tan", "Tanh", "ThresholdedRelu", "Upsample", "Xor",
}  # fmt: skip
"""Arithmetic on elements, comparisons, sums, means and other statistics, norms, pools: zero by convention."""

VIEWS = {"Expand", "Flatten", "Reshape", "Slice", "Split", "Squeeze", "Transpose", "Unsqueeze"}
"""Moves whose output is a view, as in torch."""

MOVES = {
    "Bernoulli", "BitCast", "Cast", "CastLike", "CenterCropPad", "Compress", "Concat", "ConstantOfShape",
    "DepthToSpace", "EyeLike", "Gather", "GatherElements", "GatherND", "Identity", "MaxUnpool", "Multinomial",
    "NonZero", "OneHot", "Pad", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
    "ReverseSequence", "Scatter", "ScatterElements", "ScatterND", "Shape", "Size", "SpaceToDepth", "TensorScatter",
    "Tile", "TopK", "Trilu", "Unique", "Where", *VIEWS,
}  # fmt: skip
"""Picking, copying, sorting and rearranging: no arithmetic at all."""

SETTINGS = {
    "Clip": {1, 2},
    "DequantizeLinear": {1, 2},
    "Dropout": {1, 2},
    "OneHot": {1, 2},
    "Pad": {1, 2, 3},
    "Pow": {1},
    "QuantizeLinear": {1, 2},
    "Resize": {1, 2, 3},
    "Upsample": {1},
}
"""Inputs that are settings of the op. They are never params."""

WITH_GRAPHS = {"If", "Loop", "Scan", "SequenceMap"}
"""Ops that run the graphs inside them, as often as values say."""

UNCHANGED = {"GroupNormalization", "MeanVarianceNormalization"}
"""Ops without shape inference in ONNX. The output has the shape of the first input."""


def kind(op: str) -> Kind:
    """The kind of an op that has no handler, or whose handler does not cover its settings."""
    return "elementwise" if op in ELEMENTWISE else "move" if op in MOVES else "unknown"
