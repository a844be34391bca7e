"""Dtypes and values of inputs, as a user gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import helper

from costcalc.convert.onnx_reader.operands import FEW
from costcalc.spec import CostcalcError
from costcalc.spec.arguments import shown
from costcalc.spec.dtypes import torch_name
from costcalc.spec.shapes import Shape


def check_dtypes(dtype: Any, inputs: Mapping[str, onnx.ValueInfoProto]) -> None:
    """Raises CostcalcError for a dtype that is not the one in the file."""
    if isinstance(dtype, Mapping):
        given = dict(dtype)
    elif isinstance(dtype, list | tuple):
        given = dict(zip(inputs, dtype, strict=False))
    else:
        given = dict.fromkeys(inputs, dtype)
    for name, each in given.items():
        if each is None or name not in inputs:
            continue
        own = _dtype(inputs[name]).name
        if torch_name(str(each).removeprefix("torch.")) != own:
            raise CostcalcError(f"input {name!r} is of dtype {own} in the file, not {shown(each)}")


def arrays(
    values: Mapping[str, Any], inputs: Mapping[str, tuple[onnx.ValueInfoProto, Sequence[Any] | None]]
) -> dict[str, Any]:
    """The given values as arrays, by the name of the input. One number fills an input whose axes may all be 1.

    Raises CostcalcError for a value of an input that is not there, or that its dtype cannot hold.
    """
    found = {}
    for name, value in values.items():
        if name not in inputs:
            raise CostcalcError(f"there is no input {name!r} to give a value; there are {', '.join([*inputs][:8])}")
        declared, axes = inputs[name]
        dtype = _dtype(declared)
        try:
            array = np.asarray(value)
            right = array.size <= FEW and array.dtype.kind in "biuf" and (array.dtype.kind != "b") | (dtype.kind == "b")
            kept = array.astype(dtype) if right else None
        except (ValueError, TypeError, OverflowError):
            kept = None
        if kept is None or (dtype.kind in "biu" and not bool((kept == array).all())):
            expected = f"{dtype.name}: a number, or a list of at most {FEW}"
            raise CostcalcError(f"value {shown(value)} of input {name!r}: expected {expected}")
        found[name] = kept if axes is None or kept.ndim else kept.reshape((1,) * len(axes))
    return found


def check_shape(name: str, array: Any, shape: Shape) -> None:
    """Raises CostcalcError if an input has another shape than its value."""
    if array.shape != shape:
        raise CostcalcError(f"the value of input {name!r} has shape {array.shape}, and the input has {shape}")


def _dtype(declared: onnx.ValueInfoProto) -> Any:
    return helper.tensor_dtype_to_np_dtype(declared.type.tensor_type.elem_type)
