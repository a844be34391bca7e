"""aten's pools, and means over axes, as ops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.convert.torch_reader.aten.handlers import OpCall, handler
from costcalc.convert.torch_reader.settings import each


@handler("max_pool1d", "max_pool2d", "max_pool3d", "max_pool2d_with_indices")
def _max_pool(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    x = a["self"]
    window = {key: each(a[name], x) for key, name in (("k", "kernel_size"), ("padding", "padding"))}
    window["stride"] = each(a["stride"], x) or window["k"]
    return OpCall("max_pool", [x], {**window, "dilation": each(a["dilation"], x), "ceil": a["ceil_mode"]})


@handler("avg_pool1d", "avg_pool2d", "avg_pool3d")
def _avg_pool(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    x = a["self"]
    if a.get("divisor_override") is not None:
        return None
    window = {key: each(a[name], x) for key, name in (("k", "kernel_size"), ("padding", "padding"))}
    window["stride"] = each(a["stride"], x) or window["k"]
    rest = {"ceil": a["ceil_mode"], "count_include_pad": a["count_include_pad"]}
    return OpCall("avg_pool", [x], {**window, **rest})


@handler("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d")
def _adaptive_avg_pool(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    return OpCall("adaptive_avg_pool", [a["self"]], {"size": tuple(a["output_size"])})


@handler("mean")
def _mean(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    x, axes = a["self"], a.get("dim")
    if not axes or a["keepdim"] or a["dtype"] is not None:
        return None
    return OpCall("mean", [x], {"axes": tuple(sorted(axis % x.dim() for axis in axes))})
