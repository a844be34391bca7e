"""Tensors stored in a file: initializers and Constants. Weights are known by shape; their values are not read."""

from __future__ import annotations

from collections import Counter

import numpy as np
import onnx
from onnx import AttributeProto

from costcalc.convert.onnx_reader.module_paths import unique
from costcalc.convert.onnx_reader.operands import FEW, FLOATS, QUANTIZED, Value
from costcalc.convert.onnx_reader.shape_limits import bounded
from costcalc.spec import CostcalcError

NOTE = "pkg.torch.export.graph_signature.InputSpec.kind"
"""Where torch's exporter notes whether a tensor is a parameter or a buffer."""

LONGEST = 900
"""Letters of a weight's name."""

Scope = tuple[str | int, ...]
"""The position of a graph in the file; () for the main graph."""


class Names:
    """Names of weights: those of the file's tensors, with a number if several graphs of the file use the same name."""

    def __init__(self) -> None:
        self._given: dict[tuple[Scope, str], str] = {}
        self._taken: Counter[str] = Counter()

    def of(self, scope: Scope, name: str) -> str:
        """The name of a tensor of the graph of that scope. Raises CostcalcError if the file's name is not a text."""
        if (scope, name) not in self._given:
            if not isinstance(name, str):  # protobuf hands over the bytes
                raise CostcalcError("a name in it is not a text")
            self._given[scope, name] = unique(name[:LONGEST] or "weight", self._taken)
        return self._given[scope, name]


def of_initializer(tensor: onnx.TensorProto, told: onnx.ValueInfoProto | None, name: str) -> Value:
    """Learned if it is floating point and not a scalar, or if torch's exporter says that it is a parameter."""
    kind = next((p.value for p in told.metadata_props if p.key == NOTE), "") if told is not None else ""
    if kind not in ("", "PARAMETER"):
        return _value(tensor)
    if tensor.data_type in FLOATS and 0 not in tensor.dims and (kind or tensor.dims):
        return _value(tensor, name, learned=True)
    return kept(_value(tensor, name), name)


def of_constant(node: onnx.NodeProto, name: str) -> Value:
    """The output of a Constant. Raises CostcalcError if it has no value."""
    for attribute in node.attribute:
        match attribute.name, attribute.type:
            case "value", AttributeProto.TENSOR:
                return kept(_value(attribute.t, name), name)
            case "sparse_value", AttributeProto.SPARSE_TENSOR:
                sparse = attribute.sparse_tensor
                shape = bounded(tuple(sparse.dims), f"tensor {sparse.values.name!r}")
                return kept(Value(shape, sparse.values.data_type), name)
            case "value_int", AttributeProto.INT:
                return Value((), onnx.TensorProto.INT64, data=np.array(attribute.i, dtype=np.int64))
            case "value_float", AttributeProto.FLOAT:
                return Value((), onnx.TensorProto.FLOAT, data=np.array(attribute.f, dtype=np.float32))
            case "value_ints", AttributeProto.INTS:
                ints = np.array(attribute.ints, dtype=np.int64) if len(attribute.ints) <= FEW else None
                return Value((len(attribute.ints),), onnx.TensorProto.INT64, data=ints)
            case "value_floats", AttributeProto.FLOATS:
                floats = np.array(attribute.floats, dtype=np.float32) if len(attribute.floats) <= FEW else None
                return kept(Value((len(attribute.floats),), onnx.TensorProto.FLOAT, data=floats), name)
            case "value_string", AttributeProto.STRING:
                return Value((), onnx.TensorProto.STRING)
            case "value_strings", AttributeProto.STRINGS:
                return Value((len(attribute.strings),), onnx.TensorProto.STRING)
    raise CostcalcError("it has no value")


def kept(value: Value, name: str) -> Value:
    """The constant, which is a weight of that name if an op reads it as one. Scalars and ids are not."""
    if value.shape and 0 not in value.shape and value.type in FLOATS | QUANTIZED:
        value.sources = (Value(value.shape, value.type, name=name, learned=True),)
    return value


def _value(tensor: onnx.TensorProto, name: str = "", learned: bool = False) -> Value:
    shape = bounded(tuple(tensor.dims), f"tensor {tensor.name!r:.100}")
    return Value(shape, tensor.data_type, name="" if 0 in shape else name, learned=learned, proto=tensor)
