"""The same elements in another shape or order, split, or padded."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from costcalc.convert.onnx_reader import op_kinds
from costcalc.convert.onnx_reader.handlers import Call, handler
from costcalc.convert.onnx_reader.operands import Operand, PendingNode, generic
from costcalc.spec import CostcalcError


@handler("Reshape")
def _reshape(call: Call) -> Sequence[Operand] | None:
    x, shape = call.operand(0), call.shape()
    if prod(x.shape) != prod(shape):
        raise CostcalcError(f"{x.shape} cannot become {shape}")
    return [PendingNode("reshape", [x], {"shape": shape})]


@handler("Flatten")
def _flatten(call: Call) -> Sequence[Operand] | None:
    x = call.operand(0)
    if call.attributes.get("axis", 1) == 1:
        return [PendingNode("flatten", [x], {"start": 1})]
    return [PendingNode("reshape", [x], {"shape": call.shape()})]


@handler("Transpose")
def _transpose(call: Call) -> Sequence[Operand] | None:
    x = call.operand(0)
    return [PendingNode("transpose", [x], {"axes": call.attributes.get("perm", range(len(x.shape))[::-1])})]


@handler("Split")
def _split(call: Call) -> Sequence[Operand] | None:
    x = call.operand(0)
    axis = call.attributes.get("axis", 0) % max(len(x.shape), 1)
    if None in call.shapes or not x.shape:
        return None
    parts = PendingNode("split", [x], {"sizes": tuple(shape[axis] for shape in call.shapes if shape), "axis": axis})
    return [parts, *[parts.part(i) for i in range(1, len(call.shapes))]]


@handler(*op_kinds.VIEWS - {"Flatten", "Reshape", "Split", "Transpose"})
def _view(call: Call) -> Sequence[Operand] | None:
    return [generic("move", call.op, call.present, [call.shape()], fresh=False)]


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
    return [PendingNode("pad", [x], {"pads": pairs, "value": float(value[0]) if value else 0.0})]
