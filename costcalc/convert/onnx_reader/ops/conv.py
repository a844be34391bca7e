"""Convolutions, also of quantized tensors, and transposed ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.convert.known_rules import deform_conv2d
from costcalc.convert.onnx_reader.handlers import Call, handler
from costcalc.convert.onnx_reader.operands import Operand, PendingNode, Value, generic, view
from costcalc.convert.onnx_reader.padding import pads
from costcalc.spec import SpecError

INPUTS = {
    "ConvInteger": (0, 1, None),
    "QLinearConv": (0, 3, 8),
    "Conv": (0, 1, 2),
    "com.microsoft::FusedConv": (0, 1, 2),
}
"""Numbers of the inputs that are the input, the weight and the bias of a convolution."""


@handler(*INPUTS.keys() - {"com.microsoft::FusedConv"})
def _conv(call: Call) -> Sequence[Operand] | None:
    return [conv(call)]


@handler("DeformConv")
def _deform_conv(call: Call) -> Sequence[Operand] | None:
    """A convolution at moved positions: the mult-adds of one. Interpolation and the mask are zero by convention."""
    x, w, offset = call.operand(0), call.operand(1), call.operand(2)
    terms = deform_conv2d(x.shape, w.shape, offset.shape).terms
    shape = (x.shape[0], w.shape[0], *offset.shape[2:])
    return [generic("custom", call.op, call.present, [shape], terms=terms)]


def conv(call: Call) -> PendingNode:
    """The convolution, with padding that is not the same on both sides as a node before it."""
    at_x, at_w, at_b = INPUTS[call.op]
    x, w = call.operand(at_x), call.operand(at_w)
    b = None if at_b is None else call.given(at_b)
    k, along = _window(call, x, w)
    pairs = pads(call, x.shape[2:], k, along["stride"], along["dilation"])
    padding = [before for before, _ in pairs]
    padded: Operand = x
    if any(before != after or before < 0 for before, after in pairs):
        size = [s + before + after for s, (before, after) in zip(x.shape[2:], pairs, strict=True)]
        padding, padded = [0] * len(k), view("pad", x, (*x.shape[:2], *size))
    settings = {"width": w.shape[0], "k": k, "padding": tuple(padding), **along, "bias": b is not None}
    return PendingNode("conv", [padded], settings, _weights(w, b))


@handler("ConvTranspose")
def _conv_transpose(call: Call) -> Sequence[Operand] | None:
    x, w, b = call.operand(0), call.operand(1), call.given(2)
    k, along = _window(call, x, w)
    more = tuple(call.attributes.get("output_padding", (0,) * len(k)))
    settings = {"width": w.shape[1] * along["groups"], "k": k, **along, "bias": b is not None}
    ends = list(call.attributes.get("pads", ()))
    half = len(ends) // 2
    if ends[:half] == ends[half:] and "auto_pad" not in call.attributes and "output_shape" not in call.attributes:
        whole = {"padding": tuple(ends[:half]) or 0, "output_padding": more}
        return [PendingNode("conv_transpose", [x], {**settings, **whole}, _weights(w, b))]
    spread = PendingNode("conv_transpose", [x], settings, _weights(w, b))
    shape = call.shape()
    return [spread if spread.shape == shape else view("crop", spread, shape)]


def _window(call: Call, x: Value, w: Value) -> tuple[tuple[int, ...], dict[str, Any]]:
    """The window, and stride, dilation and groups. Raises SpecError if these or the axes do not fit."""
    axes, k = len(x.shape) - 2, tuple(w.shape[2:])
    if axes < 1 or len(k) != axes or tuple(call.attributes.get("kernel_shape", k)) != k:
        raise SpecError(f"a weight of {w.shape} does not fit an input of {x.shape}")
    settings = {"stride": "strides", "dilation": "dilations"}
    along: dict[str, Any] = {key: tuple(call.attributes.get(name, (1,) * axes)) for key, name in settings.items()}
    return k, {**along, "groups": call.attributes.get("group", 1)}


def _weights(w: Value, b: Value | None) -> list[Value]:
    return [w] if b is None else [w, b]
