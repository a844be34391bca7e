"""Padding of windows, as ONNX writes it."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.convert.onnx_reader.handlers import Call
from costcalc.spec import SpecError
from costcalc.spec.shapes import Shape, same

Pairs = list[tuple[int, int]]


def pads(call: Call, size: Shape, k: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> Pairs:
    """(before, after) along each spatial axis. Raises SpecError if they do not fit the axes."""
    auto = call.attributes.get("auto_pad", "NOTSET")
    if auto.startswith("SAME"):
        pairs = [same(*axis) for axis in zip(size, k, stride, dilation, strict=True)]
        return [(after, before) for before, after in pairs] if auto == "SAME_LOWER" else pairs
    flat = [] if auto == "VALID" else list(call.attributes.get("pads", ()))
    flat = flat or [0] * (2 * len(size))
    if len(flat) != 2 * len(size):
        raise SpecError(f"pads={flat} must be {2 * len(size)} numbers")
    return list(zip(flat[: len(size)], flat[len(size) :], strict=True))
