"""Ops of several tensors: addition, multiplication, concatenation."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from costcalc.convert.onnx_reader.handlers import Call, handler
from costcalc.convert.onnx_reader.operands import Operand, PendingNode


@handler("Add", "Mul")
def _two(call: Call) -> Sequence[Operand] | None:
    a, b = call.operand(0), call.operand(1)
    if a.constant:
        a, b = b, a
    if b.constant and call.op == "Mul" and prod(b.shape) == 1 and b.numbers and a.shape == call.shape():
        return [PendingNode("scale", [a], {"factor": b.numbers[0]})]
    if b.constant or len(a.shape) != len(b.shape):
        return None
    return [PendingNode("add" if call.op == "Add" else "multiply", [a, b])]


@handler("Concat")
def _concat(call: Call) -> Sequence[Operand] | None:
    parts = [x for x in call.present if 0 not in x.shape]
    return [PendingNode("concat", parts, {"axis": call.attribute("axis")})] if parts else None
