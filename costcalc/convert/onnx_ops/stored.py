"""Tensors that a file keeps: initializers and Constants. Weights are known by their sizes; they are never looked at."""

from __future__ import annotations

import numpy as np
import onnx

from costcalc.convert.onnx_ops.sizes import checked
from costcalc.convert.onnx_ops.values import FLOATS, Value
from costcalc.spec import CostcalcError

NOTE = "pkg.torch.export.graph_signature.InputSpec.kind"
"""Where torch's exporter notes whether a tensor is a parameter or a buffer."""


def of_initializer(tensor: onnx.TensorProto, told: onnx.ValueInfoProto | None) -> Value:
    """Learned, if of floating point and no single number, or if torch's exporter says that it is a parameter."""
    kind = next((p.value for p in told.metadata_props if p.key == NOTE), "") if told is not None else ""
    if kind not in ("", "PARAMETER"):
        return _value(tensor, "", False)
    single = not tensor.dims
    return _value(tensor, tensor.name, tensor.data_type in FLOATS and (bool(kind) or not single))


def of_constant(node: onnx.NodeProto) -> Value:
    """What a Constant puts out. Raises CostcalcError where it has no value."""
    for attribute in node.attribute:
        name = attribute.name
        if name == "value" and attribute.HasField("t"):
            return _value(attribute.t, node.output[0], False)
        if name == "sparse_value" and attribute.HasField("sparse_tensor"):
            return Value(tuple(attribute.sparse_tensor.dims), attribute.sparse_tensor.values.data_type)
        if name in ("value_int", "value_ints"):
            ints = np.array(attribute.i if name == "value_int" else list(attribute.ints), dtype=np.int64)
            return Value(ints.shape, onnx.TensorProto.INT64, data=ints)
        if name in ("value_float", "value_floats"):
            floats = np.array(attribute.f if name == "value_float" else list(attribute.floats), dtype=np.float32)
            return Value(floats.shape, onnx.TensorProto.FLOAT, data=floats)
        if name in ("value_string", "value_strings"):
            shape = () if name == "value_string" else (len(attribute.strings),)
            return Value(shape, onnx.TensorProto.STRING)
    raise CostcalcError("it has no value")


def _value(tensor: onnx.TensorProto, name: str, learned: bool) -> Value:
    shape = tuple(tensor.dims)
    if 0 in shape:
        return Value(shape, tensor.data_type, proto=tensor)
    return Value(checked(shape, f"tensor {tensor.name!r}"), tensor.data_type, name=name, learned=learned, proto=tensor)
