"""Tensors that come together, and views, pads and lookups."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from costcalc.convert.onnx_ops import kinds
from costcalc.convert.onnx_ops.calls import Call, handler
from costcalc.convert.onnx_ops.values import Operand, Use, generic
from costcalc.spec import CostcalcError


@handler("Add", "Mul")
def _two(call: Call) -> Sequence[Operand] | None:
    a, b = call.operand(0), call.operand(1)
    if a.constant:
        a, b = b, a
    if b.constant and call.op == "Mul" and prod(b.shape) == 1 and b.numbers and a.shape == call.shape():
        return [Use("scale", [a], {"factor": b.numbers[0]})]
    if b.constant or len(a.shape) != len(b.shape):
        return None
    return [Use("add" if call.op == "Add" else "multiply", [a, b])]


@handler("Concat")
def _concat(call: Call) -> Sequence[Operand] | None:
    parts = [x for x in call.present if 0 not in x.shape]
    return [Use("concat", parts, {"axis": call.attribute("axis")})] if parts else None


@handler("ReduceMean")
def _mean(call: Call) -> Sequence[Operand] | None:
    """Over axes that go; or over all spatial axes, which stay: a global pool."""
    x, told = call.operand(0), call.numbers(1, "axes")
    axes = sorted(axis % len(x.shape) for axis in told or ())
    if not call.attributes.get("keepdims", 1):
        return [Use("mean", [x], {"axes": axes})] if axes else None
    return [Use("adaptive_avg_pool", [x])] if axes and axes == list(range(2, len(x.shape))) else None


@handler("Reshape")
def _reshape(call: Call) -> Sequence[Operand] | None:
    x, shape = call.operand(0), call.shape()
    if prod(x.shape) != prod(shape):
        raise CostcalcError(f"{x.shape} cannot become {shape}")
    return [Use("reshape", [x], {"shape": shape})]


@handler("Flatten")
def _flatten(call: Call) -> Sequence[Operand] | None:
    x = call.operand(0)
    if call.attributes.get("axis", 1) == 1:
        return [Use("flatten", [x], {"start": 1})]
    return [Use("reshape", [x], {"shape": call.shape()})]


@handler("Transpose")
def _transpose(call: Call) -> Sequence[Operand] | None:
    x = call.operand(0)
    return [Use("transpose", [x], {"axes": call.attributes.get("perm", range(len(x.shape))[::-1])})]


@handler("Split")
def _split(call: Call) -> Sequence[Operand] | None:
    x = call.operand(0)
    axis = call.attributes.get("axis", 0) % max(len(x.shape), 1)
    if None in call.shapes or not x.shape:
        return None
    parts = Use("split", [x], {"sizes": tuple(shape[axis] for shape in call.shapes if shape), "axis": axis})
    return [parts, *[parts.part(i) for i in range(1, len(call.shapes))]]


@handler("Pad")
def _pad(call: Call) -> Sequence[Operand] | None:
    x, pads, value = call.operand(0), call.numbers(1, "pads"), call.numbers(2, "value")
    if call.attributes.get("mode", "constant") != "constant" or call.given(3) is not None or not pads:
        return None
    if len(pads) != 2 * len(x.shape) or min(pads) < 0:
        return None
    pairs = list(zip(pads[: len(x.shape)], pads[len(x.shape) :], strict=True))
    while len(pairs) > 1 and pairs[0] == (0, 0):
        pairs = pairs[1:]
    return [Use("pad", [x], {"pads": pairs, "value": float(value[0]) if value else 0.0})]


@handler("Gather")
def _gather(call: Call) -> Sequence[Operand] | None:
    """Rows of a learned table, looked up by ids; a single number picks a view."""
    table, ids = call.operand(0), call.operand(1)
    axis = call.attributes.get("axis", 0)
    if table.learned and len(table.shape) == 2 and axis == 0 and ids.shape:
        vocabulary, width = table.shape
        return [Use("embedding", [ids], {"width": width, "vocabulary": vocabulary}, [table])]
    return [generic("move", "Gather", [table, ids], [call.shape()], fresh=bool(ids.shape))]


RESIZED = {
    "nearest": ("nearest", "nearest", "nearest"),
    "linear": ("linear", "bilinear", "trilinear"),
    "cubic": ("", "bicubic", ""),
}
"""torch's name for a way to resize, on one, two and three axes."""


@handler("Resize", "Upsample")
def _resize(call: Call) -> Sequence[Operand] | None:
    x, shape = call.operand(0), call.shape()
    if not 3 <= len(shape) <= 5 or shape[:2] != x.shape[:2]:
        return None
    mode = RESIZED.get(call.attributes.get("mode", "nearest"), ("", "", ""))[len(shape) - 3]
    corners = call.attributes.get("coordinate_transformation_mode") == "align_corners"
    settings = {"size": shape[2:], "mode": mode, "align_corners": None if mode == "nearest" else corners}
    return [Use("upsample", [x], settings)]


@handler(*kinds.VIEWS - {"Flatten", "Reshape", "Split", "Transpose"})
def _view(call: Call) -> Sequence[Operand] | None:
    return [generic("move", call.op, call.present, [call.shape()], fresh=False)]
