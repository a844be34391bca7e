"""Norms, pools and activations. What an op's rule does not take is arithmetic on elements, which costs as little."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.convert.onnx_ops.calls import Call, handler
from costcalc.convert.onnx_ops.products import pads
from costcalc.convert.onnx_ops.values import Operand, Use, Value

# Norms


@handler("BatchNormalization")
def _batch_norm(call: Call) -> Sequence[Operand] | None:
    scale, shift = _affine(call)
    momentum = 1 - call.attributes.get("momentum", 0.9)  # torch's is the share of what is new
    settings = {"eps": call.attributes.get("epsilon", 1e-5), "momentum": momentum, "affine": bool(scale)}
    return [Use("batch_norm", [call.operand(0)], settings, [*scale, *shift])] if len(scale) == len(shift) else None


@handler("LayerNormalization")
def _layer_norm(call: Call) -> Sequence[Operand] | None:
    x = call.operand(0)
    axis = call.attributes.get("axis", -1)
    settings: dict[str, Any] = {
        "axes": len(x.shape) - (axis if axis >= 0 else len(x.shape) + axis),
        "eps": call.attributes.get("epsilon", 1e-5),
    }
    scale, shift = _affine(call)
    if shift and not scale:
        return None
    settings |= {"affine": bool(scale), "bias": bool(shift) or not scale}
    return [Use("layer_norm", [x], settings, [*scale, *shift])]


@handler("GroupNormalization")
def _group_norm(call: Call) -> Sequence[Operand] | None:
    scale, shift = _affine(call)
    settings = {"groups": call.attribute("num_groups"), "eps": call.attributes.get("epsilon", 1e-5)}
    settings["affine"] = bool(scale)
    return [Use("group_norm", [call.operand(0)], settings, [*scale, *shift])] if len(scale) == len(shift) else None


@handler("InstanceNormalization")
def _instance_norm(call: Call) -> Sequence[Operand] | None:
    scale, shift = _affine(call)
    settings = {"eps": call.attributes.get("epsilon", 1e-5), "affine": bool(scale)}
    return [Use("instance_norm", [call.operand(0)], settings, [*scale, *shift])] if len(scale) == len(shift) else None


@handler("LRN")
def _lrn(call: Call) -> Sequence[Operand] | None:
    a = call.attributes
    settings = {"size": call.attribute("size"), "alpha": a.get("alpha", 1e-4), "beta": a.get("beta", 0.75)}
    return [Use("lrn", [call.operand(0)], {**settings, "k": a.get("bias", 1.0)})]


def _affine(call: Call) -> tuple[list[Value], list[Value]]:
    """The scale and the shift, those that are learned."""
    scale, shift = call.given(1), call.given(2)
    return [scale] if scale and scale.learned else [], [shift] if shift and shift.learned else []


# Pools


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
        return [Use("max_pool", [x], {**settings, "dilation": dilation})]
    settings["count_include_pad"] = bool(call.attributes.get("count_include_pad", 0))
    return [Use("avg_pool", [x], settings)] if dilation == ones else None


@handler("GlobalAveragePool")
def _global_average_pool(call: Call) -> Sequence[Operand] | None:
    return [Use("adaptive_avg_pool", [call.operand(0)], {"size": 1})]


@handler("GlobalMaxPool")
def _global_max_pool(call: Call) -> Sequence[Operand] | None:
    x = call.operand(0)
    return [Use("max_pool", [x], {"k": x.shape[2:]})]


# Activations

PLAIN = {"Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "HardSwish": "hard_swish", "Gelu": "gelu"}


@handler(*PLAIN)
def _plain(call: Call) -> Sequence[Operand] | None:
    return [Use(PLAIN[call.op], [call.operand(0)])]


@handler("Clip")
def _clip(call: Call) -> Sequence[Operand] | None:
    limits = [call.numbers(1, "min"), call.numbers(2, "max")]
    return [Use("relu6", [call.operand(0)])] if limits == [[0], [6]] else None


@handler("LeakyRelu")
def _leaky_relu(call: Call) -> Sequence[Operand] | None:
    return [Use("leaky_relu", [call.operand(0)], {"slope": call.attributes.get("alpha", 0.01)})]


@handler("HardSigmoid")
def _hard_sigmoid(call: Call) -> Sequence[Operand] | None:
    slope, shift = call.attributes.get("alpha", 0.2), call.attributes.get("beta", 0.5)
    return [Use("hard_sigmoid", [call.operand(0)])] if abs(slope - 1 / 6) < 1e-6 and shift == 0.5 else None


@handler("Swish")
def _swish(call: Call) -> Sequence[Operand] | None:
    return [Use("silu", [call.operand(0)])] if call.attributes.get("alpha", 1.0) == 1 else None


@handler("Softmax")
def _softmax(call: Call) -> Sequence[Operand] | None:
    usual = -1 if call.version >= 13 else 1
    return [Use("softmax", [call.operand(0)], {"axis": call.attributes.get("axis", usual)})]


@handler("Dropout")
def _dropout(call: Call) -> Sequence[Operand] | None:
    share = call.numbers(1, "ratio")
    return [Use("dropout", [call.operand(0)], {"p": share[0] if share else 0.5})]
