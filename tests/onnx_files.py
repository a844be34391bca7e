"""Small ONNX files, written by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def node(op: str, inputs: str, outputs: str, **attributes: Any) -> onnx.NodeProto:
    """A node; names with spaces between, "-" for one that is left out."""
    names = [["" if name == "-" else name for name in text.split()] for text in (inputs, outputs)]
    return helper.make_node(op, *names, **attributes)


def weight(name: str, *sizes: int, type: int = FLOAT) -> TensorProto:
    """An initializer of these sizes, without its values, as if they were in another file."""
    return TensorProto(name=name, data_type=type, dims=sizes)


def constant(name: str, *sizes: int, type: int = FLOAT) -> onnx.NodeProto:
    """A Constant of these sizes, without its numbers."""
    return helper.make_node("Constant", [], [name], value=weight("", *sizes, type=type))


def numbers(name: str, values: Any, dtype: Any = np.int64) -> TensorProto:
    """An initializer of these numbers."""
    return numpy_helper.from_array(np.array(values, dtype=dtype), name)


def info(name: str, *sizes: Any) -> onnx.ValueInfoProto:
    """The declaration of a tensor: floating point, of these sizes."""
    return helper.make_tensor_value_info(name, FLOAT, sizes)


def network(
    nodes: Sequence[onnx.NodeProto],
    stored: Sequence[TensorProto] = (),
    inputs: Mapping[str, Sequence[Any]] | None = None,
    outputs: str = "y",
    *,
    types: Mapping[str, int] | None = None,
    functions: Sequence[onnx.FunctionProto] = (),
    opset: int = 21,
    told: Sequence[onnx.ValueInfoProto] = (),
) -> onnx.ModelProto:
    """A model; its input x is 1 x 3 x 8 x 8 by default."""
    shapes = {"x": (1, 3, 8, 8)} if inputs is None else inputs
    made = [helper.make_tensor_value_info(n, (types or {}).get(n, FLOAT), shape) for n, shape in shapes.items()]
    ends = [helper.make_tensor_value_info(name, FLOAT, None) for name in outputs.split()]
    graph = helper.make_graph(nodes, "graph", made, ends, stored, value_info=told)
    sets = [helper.make_opsetid("", opset), helper.make_opsetid("own", 1)]
    return helper.make_model(graph, opset_imports=sets, functions=functions)


def written(model: onnx.ModelProto | bytes, folder: Path) -> str:
    """The file of a model."""
    file = folder / "x.onnx"
    file.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
    return str(file)
