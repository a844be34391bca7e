"""What each op of ONNX is that is no op of costcalc's: arithmetic on elements, or a move; all else is unknown."""

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
"""Moves that put out no elements of their own, as torch's."""

MOVES = {
    "Bernoulli", "BitCast", "Cast", "CastLike", "CenterCropPad", "Compress", "Concat", "ConstantOfShape",
    "DepthToSpace", "EyeLike", "Gather", "GatherElements", "GatherND", "Identity", "MaxUnpool", "Multinomial",
    "NonZero", "OneHot", "Pad", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
    "ReverseSequence", "Scatter", "ScatterElements", "ScatterND", "Shape", "Size", "SpaceToDepth", "TensorScatter",
    "Tile", "TopK", "Trilu", "Unique", "Where", *VIEWS,
}  # fmt: skip
"""Picking, copying, sorting and laying out anew: no arithmetic at all."""

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
"""Inputs that say how an op works, and are no params wherever they come from."""

WITH_GRAPHS = {"If", "Loop", "Scan", "SequenceMap"}
"""Ops that run graphs inside them, how often only a run can tell."""

UNCHANGED = {"GroupNormalization", "MeanVarianceNormalization"}
"""Ops that ONNX infers no shape of: it is that of their first input."""


def kind(op: str) -> Kind:
    """What an op is that is none of costcalc's, or not with these settings."""
    return "elementwise" if op in ELEMENTWISE else "move" if op in MOVES else "unknown"
