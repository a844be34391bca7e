"""Convolutions and products of matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.convert.onnx_ops.calls import Call, handler
from costcalc.convert.onnx_ops.values import Operand, Use, Value, generic, view
from costcalc.spec import SpecError
from costcalc.spec.shapes import Shape, same

QUANTIZED = {"ConvInteger": (0, 1, None), "QLinearConv": (0, 3, 8), "Conv": (0, 1, 2)}
"""Which inputs are the input, the weight and the bias of a convolution."""

Pairs = list[tuple[int, int]]


@handler(*QUANTIZED)
def _conv(call: Call) -> Sequence[Operand] | None:
    at_x, at_w, at_b = QUANTIZED[call.op]
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
    return [Use("conv", [padded], settings, _weights(w, b))]


@handler("ConvTranspose")
def _conv_transpose(call: Call) -> Sequence[Operand] | None:
    x, w, b = call.operand(0), call.operand(1), call.given(2)
    k, along = _window(call, x, w)
    more = tuple(call.attributes.get("output_padding", (0,) * len(k)))
    settings = {"width": w.shape[1] * along["groups"], "k": k, **along, "bias": b is not None}
    pads = list(call.attributes.get("pads", ()))
    half = len(pads) // 2
    if pads[:half] == pads[half:] and "auto_pad" not in call.attributes and "output_shape" not in call.attributes:
        whole = {"padding": tuple(pads[:half]) or 0, "output_padding": more}
        return [Use("conv_transpose", [x], {**settings, **whole}, _weights(w, b))]
    spread = Use("conv_transpose", [x], settings, _weights(w, b))
    shape = call.shape()
    return [spread if spread.shape == shape else view("crop", spread, shape)]


@handler("Gemm")
def _gemm(call: Call) -> Sequence[Operand] | None:
    a, b, c = call.operand(0), call.operand(1), call.given(2)
    x = _turned(a) if call.attributes.get("transA", 0) else a
    turned = call.attributes.get("transB", 0)
    if len(a.shape) != 2 or len(b.shape) != 2:
        raise SpecError("it needs two matrices")
    if not b.name:
        return [_plus(Use("matmul", [x, _turned(b) if turned else b]), c)]
    width = b.shape[0 if turned else 1]
    if c is not None and c.name and c.shape in ((width,), (1, width)):
        return [Use("linear", [x], {"width": width}, [b, c])]
    return [_plus(Use("linear", [x], {"width": width, "bias": False}, [b]), c)]


@handler("MatMul", "MatMulInteger", "QLinearMatMul")
def _matmul(call: Call) -> Sequence[Operand] | None:
    a, b = call.operand(0), call.operand(3 if call.op == "QLinearMatMul" else 1)
    if len(b.shape) == 2 and b.name and len(a.shape) > 1:
        return [Use("linear", [a], {"width": b.shape[1], "bias": False}, [b])]
    if not a.shape or not b.shape:
        raise SpecError("it needs two inputs of at least one axis")
    x = view("row", a, (1, *a.shape)) if len(a.shape) == 1 else a
    y = view("column", b, (*b.shape, 1)) if len(b.shape) == 1 else b
    product = Use("matmul", [x, y])
    shape = product.shape
    if y is not b:
        shape = shape[:-1]
    if x is not a:
        shape = (*shape[:-2], *shape[-1:]) if y is b else shape[:-1]
    return [product if shape == product.shape else view("squeeze", product, shape)]


def _window(call: Call, x: Value, w: Value) -> tuple[tuple[int, ...], dict[str, Any]]:
    """The window, and stride, dilation and groups. Raises SpecError where these, or the axes, do not fit."""
    axes, k = len(x.shape) - 2, tuple(w.shape[2:])
    if axes < 1 or len(k) != axes or tuple(call.attributes.get("kernel_shape", k)) != k:
        raise SpecError(f"a weight of {w.shape} does not fit an input of {x.shape}")
    settings = {"stride": "strides", "dilation": "dilations"}
    along: dict[str, Any] = {key: tuple(call.attributes.get(name, (1,) * axes)) for key, name in settings.items()}
    return k, {**along, "groups": call.attributes.get("group", 1)}


def pads(call: Call, size: Shape, k: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> Pairs:
    """(before, after) along each spatial axis. Raises SpecError where they do not fit the axes."""
    auto = call.attributes.get("auto_pad", "NOTSET")
    if auto.startswith("SAME"):
        pairs = [same(*axis) for axis in zip(size, k, stride, dilation, strict=True)]
        return [(after, before) for before, after in pairs] if auto == "SAME_LOWER" else pairs
    flat = [] if auto == "VALID" else list(call.attributes.get("pads", ()))
    flat = flat or [0] * (2 * len(size))
    if len(flat) != 2 * len(size):
        raise SpecError(f"pads={flat} must be {2 * len(size)} numbers")
    return list(zip(flat[: len(size)], flat[len(size) :], strict=True))


def _weights(w: Value, b: Value | None) -> list[Value]:
    return [w] if b is None else [w, b]


def _turned(x: Value) -> Use:
    return Use("transpose", [x], {"axes": (1, 0)}, label="transpose")


def _plus(product: Use, c: Value | None) -> Use:
    """A product, and what is added to it."""
    if c is None:
        return product
    added = generic("elementwise", "Add", [product, c], [product.shape])
    added.label = "add"
    return added
