"""aten's views, splits and pads as ops."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from costcalc.convert.torch_reader.aten.handlers import OpCall, handler
from costcalc.convert.torch_reader.aten.schema import base
from costcalc.convert.torch_reader.settings import pad_pairs


@handler("reshape", "view", "_unsafe_view", "view_as", "reshape_as")
def _reshape(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    x = a["self"]
    shape = a["other"].shape if "other" in a else a.get("size", a.get("shape"))
    if shape is None:
        return None  # view.dtype
    rest = x.numel() // max(prod(n for n in shape if n != -1), 1)
    return OpCall("reshape", [x], {"shape": tuple(rest if n == -1 else n for n in shape)})


@handler("flatten")
def _flatten(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    x = a["self"]
    if not x.dim() or a.get("end_dim") not in (-1, x.dim() - 1):
        return None
    return OpCall("flatten", [x], {"start": a["start_dim"] % x.dim()})


@handler("permute", "transpose", "swapaxes", "swapdims", "t", "numpy_T", "mT", "adjoint", "movedim", "moveaxis")
def _transpose(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    x, name = a["self"], base(func)
    axes = list(range(x.dim()))
    if not axes:
        return None
    if name == "permute":
        axes = [axis % x.dim() for axis in a["dims"]]
    elif name in ("movedim", "moveaxis"):
        moved = [[axis % x.dim() for axis in ([each] if isinstance(each, int) else each)] for each in _moved(a)]
        axes = [axis for axis in axes if axis not in moved[0]]
        for place, axis in sorted(zip(moved[1], moved[0], strict=True)):
            axes.insert(place, axis)
    elif name in ("t", "numpy_T"):
        axes.reverse()
    elif name in ("mT", "adjoint", "movedim", "moveaxis"):
        axes[-2:] = axes[:-3:-1]
    else:
        i, j = (a[key] for key in ("dim0", "dim1")) if "dim0" in a else (a["axis0"], a["axis1"])
        axes[i], axes[j] = axes[j], axes[i]
    return OpCall("transpose", [x], {"axes": tuple(axes)})


def _moved(a: Mapping[str, Any]) -> tuple[Any, Any]:
    return a["source"], a["destination"]


@handler("split", "split_with_sizes", "chunk")
def _split(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    x, axis = a["self"], a["dim"] % a["self"].dim()
    size = x.shape[axis]
    each = a["split_size"] if "split_size" in a else a.get("split_sizes")
    if each is None:
        each = -(-size // a["chunks"])
    if isinstance(each, int):
        each = [each] * (size // each) + ([size % each] if size % each else []) if each else []
    return OpCall("split", [x], {"sizes": tuple(each), "axis": axis})


@handler("pad", "constant_pad_nd")
def _pad(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    if a.get("mode", "constant") != "constant" or min(a["pad"], default=0) < 0:
        return None
    return OpCall("pad", [a["self"]], {"pads": pad_pairs(a["pad"]), "value": float(a["value"] or 0)})
