"""Resizing along spatial axes."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.convert.onnx_reader.handlers import Call, handler
from costcalc.convert.onnx_reader.operands import Operand, PendingNode

RESIZED = {
    "nearest": ("nearest", "nearest", "nearest"),
    "linear": ("linear", "bilinear", "trilinear"),
    "cubic": ("", "bicubic", ""),
}
"""torch's name of each mode on one, two and three spatial axes."""


@handler("Resize", "Upsample")
def _resize(call: Call) -> Sequence[Operand] | None:
    x, shape = call.operand(0), call.shape()
    if not 3 <= len(shape) <= 5 or shape[:2] != x.shape[:2]:
        return None
    mode = RESIZED.get(call.attributes.get("mode", "nearest"), ("", "", ""))[len(shape) - 3]
    corners = call.attributes.get("coordinate_transformation_mode") == "align_corners"
    settings = {"size": shape[2:], "mode": mode, "align_corners": None if mode == "nearest" else corners}
    return [PendingNode("upsample", [x], settings)]
