"""Norms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.convert.onnx_reader.handlers import Call, handler
from costcalc.convert.onnx_reader.operands import Operand, PendingNode, Value


@handler("BatchNormalization")
def _batch_norm(call: Call) -> Sequence[Operand] | None:
    momentum = 1 - call.attributes.get("momentum", 0.9)  # torch's is the weight of the new statistics
    return _scaled("batch_norm", call, {"momentum": momentum})


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
    return [PendingNode("layer_norm", [x], settings, [*scale, *shift])]


@handler("GroupNormalization")
def _group_norm(call: Call) -> Sequence[Operand] | None:
    return _scaled("group_norm", call, {"groups": call.attribute("num_groups")})


@handler("InstanceNormalization")
def _instance_norm(call: Call) -> Sequence[Operand] | None:
    return _scaled("instance_norm", call, {})


@handler("LRN")
def _lrn(call: Call) -> Sequence[Operand] | None:
    a = call.attributes
    settings = {"size": call.attribute("size"), "alpha": a.get("alpha", 1e-4), "beta": a.get("beta", 0.75)}
    return [PendingNode("lrn", [call.operand(0)], {**settings, "k": a.get("bias", 1.0)})]


def _scaled(op: str, call: Call, settings: Mapping[str, Any]) -> Sequence[Operand] | None:
    """The norm with its scale and shift, or without both. None if only one of them is learned."""
    scale, shift = _affine(call)
    if len(scale) != len(shift):
        return None
    settings = {**settings, "eps": call.attributes.get("epsilon", 1e-5), "affine": bool(scale)}
    return [PendingNode(op, [call.operand(0)], settings, [*scale, *shift])]


def _affine(call: Call) -> tuple[list[Value], list[Value]]:
    """The scale and the shift, each in a list that is empty unless it is learned."""
    scale, shift = call.given(1), call.given(2)
    return [scale] if scale and scale.learned else [], [shift] if shift and shift.learned else []
