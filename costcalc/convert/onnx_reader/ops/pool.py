"""Pools, by windows and over all positions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.convert.onnx_reader.handlers import Call, handler
from costcalc.convert.onnx_reader.operands import Operand, PendingNode
from costcalc.convert.onnx_reader.padding import pads


@handler("MaxPool", "AveragePool")
def _pool(call: Call) -> Sequence[Operand] | None:
    x, k = call.operand(0), tuple(call.attribute("kernel_shape"))
    ones = (1,) * len(k)
    stride, dilation = (tuple(call.attributes.get(key, ones)) for key in ("strides", "dilations"))
    pairs = pads(call, x.shape[2:], k, stride, dilation)
    if any(before != after for before, after in pairs):
        return None
    settings: dict[str, Any] = {"k": k, "stride": stride, "padding": tuple(before for before, _ in pairs)}
    settings["ceil"] = bool(call.attributes.get("ceil_mode", 0))
    if call.op == "MaxPool":
        return [PendingNode("max_pool", [x], {**settings, "dilation": dilation})]
    settings["count_include_pad"] = bool(call.attributes.get("count_include_pad", 0))
    return [PendingNode("avg_pool", [x], settings)] if dilation == ones else None


@handler("GlobalAveragePool")
def _global_average_pool(call: Call) -> Sequence[Operand] | None:
    return [PendingNode("adaptive_avg_pool", [call.operand(0)], {"size": 1})]


@handler("GlobalMaxPool")
def _global_max_pool(call: Call) -> Sequence[Operand] | None:
    x = call.operand(0)
    return [PendingNode("max_pool", [x], {"k": x.shape[2:]})]


@handler("ReduceMean")
def _mean(call: Call) -> Sequence[Operand] | None:
    """A mean over axes that are removed, or a global pool over the spatial axes, which stay."""
    x, told = call.operand(0), call.numbers(1, "axes")
    axes = sorted(axis % len(x.shape) for axis in told or ())
    if not call.attributes.get("keepdims", 1):
        return [PendingNode("mean", [x], {"axes": axes})] if axes else None
    return [PendingNode("adaptive_avg_pool", [x])] if axes and axes == list(range(2, len(x.shape))) else None
