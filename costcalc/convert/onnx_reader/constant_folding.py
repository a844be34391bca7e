"""Evaluate operations on constants with few elements, which shapes are computed from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
import onnx
from onnx import helper
from onnx.reference import ReferenceEvaluator

from costcalc.convert.onnx_reader.operands import FEW, Value, is_within
from costcalc.spec.shapes import Shape

EVALUATED = {
    "Abs", "Add", "And", "Cast", "Ceil", "Concat", "ConstantOfShape", "Div", "Equal", "Expand", "Flatten", "Floor",
    "Gather", "Greater", "GreaterOrEqual", "Identity", "Less", "LessOrEqual", "Max", "Min", "Mod", "Mul", "Neg",
    "NonZero", "Not", "Or", "Range", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceSum", "Reshape", "Round", "Slice",
    "Split", "Sqrt", "Squeeze", "Sub", "Tile", "Transpose", "Unsqueeze", "Where",
}  # fmt: skip
"""Ops that shapes are computed with."""


def evaluate(node: onnx.NodeProto, inputs: Sequence[Value | None], version: int, shapes: Sequence[Shape | None]) -> Any:
    """The outputs of a node as numpy arrays; None if they are large or unknown."""
    few = all(shape is not None and prod(shape) <= FEW for shape in shapes)
    if node.op_type not in EVALUATED or not (few or node.op_type == "NonZero"):
        return None
    if not all(is_within(tensor) for a in node.attribute for tensor in (a.t, *a.tensors)):
        return None
    feeds = {}
    for name, x in zip(node.input, inputs, strict=True):
        if x is not None:
            if x.data is None or x.data.size > FEW:
                return None
            feeds[name] = x.data
    try:
        with np.errstate(all="ignore"):
            return ReferenceEvaluator(_alone(node, feeds, version)).run(None, feeds)
    except Exception:  # numbers that the op cannot take: then they are not known
        return None


def _alone(node: onnx.NodeProto, feeds: Mapping[str, Any], version: int) -> onnx.ModelProto:
    """A model that has only this node."""
    inputs = [helper.make_tensor_value_info(name, onnx.TensorProto.UNDEFINED, None) for name in feeds]
    outputs = [helper.make_tensor_value_info(name, onnx.TensorProto.UNDEFINED, None) for name in node.output]
    graph = helper.make_graph([node], "alone", inputs, outputs)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)])
