"""Shapes and types of a node's outputs, by ONNX's own inference.

One node at a time, with the shapes of its inputs: nothing is made that has the size of a tensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import onnx
from onnx import defs, helper, numpy_helper
from onnx.shape_inference import infer_node_outputs

from costcalc.convert.onnx_reader import op_kinds
from costcalc.convert.onnx_reader.operands import FEW, FLOATS, Value
from costcalc.spec.shapes import Shape

FEW_FLOATS = 64
"""Number of floating-point elements up to which shapes may depend on their values: the scales of a Resize."""

POOLS_SINCE = 22
"""Since this version pools leave out windows that start in the padding, as torch and all runtimes do."""

DEFAULTS = {"STFT": {"onesided": 1}}
"""Defaults of attributes in ONNX's specification, of which its inference takes others."""

Inferred = tuple[Shape | None, int]


def infer(node: onnx.NodeProto, inputs: Sequence[Value | None], version: int) -> tuple[list[Inferred], str]:
    """Shape (None: unknown) and type of each output of a node of ONNX's own domain; and the error, if any."""
    nothing = unknown(node, inputs)
    if node.op_type in op_kinds.UNCHANGED and inputs and inputs[0] is not None:
        return [(inputs[0].shape, inputs[0].type)] * len(node.output), ""
    types, data = {}, {}
    for name, x in zip(node.input, inputs, strict=True):
        if x is not None:
            types[name] = helper.make_tensor_type_proto(x.type, x.shape)
            if prod(x.shape) <= (FEW_FLOATS if x.type in FLOATS else FEW) and x.data is not None:
                data[name] = numpy_helper.from_array(x.data, name)
    if node.op_type in ("AveragePool", "MaxPool"):
        version = max(version, POOLS_SINCE)
    try:
        schema = defs.get_schema(node.op_type, version, "")
        made = infer_node_outputs(
            schema, _with_defaults(node), types, data, opset_imports=[helper.make_opsetid("", version)]
        )
    except Exception as error:  # any error of ONNX is the file's fault; the caller reports it if it needs the shape
        return nothing, str(error).strip().split("\n")[0]
    found = zip(node.output, nothing, strict=True)
    return [_known(made[name], or_else) if name in made else or_else for name, or_else in found], ""


def unknown(node: onnx.NodeProto, inputs: Sequence[Value | None]) -> list[Inferred]:
    """The outputs of a node of unknown shape."""
    type = next((x.type for x in inputs if x is not None), onnx.TensorProto.FLOAT)
    return [(None, type)] * len(node.output)


def _with_defaults(node: onnx.NodeProto) -> onnx.NodeProto:
    missing = DEFAULTS.get(node.op_type, {}).keys() - {a.name for a in node.attribute}
    if not missing:
        return node
    made = onnx.NodeProto()
    made.CopyFrom(node)
    made.attribute.extend(helper.make_attribute(name, DEFAULTS[node.op_type][name]) for name in sorted(missing))
    return made


def _known(type: onnx.TypeProto, or_else: Inferred) -> Inferred:
    tensor = type.tensor_type
    if not type.HasField("tensor_type") or not tensor.HasField("shape"):
        return None, tensor.elem_type or or_else[1]
    sizes = [dim.dim_value if dim.HasField("dim_value") else None for dim in tensor.shape.dim]
    shape = None if None in sizes else tuple(size for size in sizes if size is not None)
    return shape, tensor.elem_type or or_else[1]
