"""Lookups: rows of a learned table, and picked elements."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.convert.onnx_reader.handlers import Call, handler
from costcalc.convert.onnx_reader.operands import Operand, PendingNode, generic


@handler("Gather")
def _gather(call: Call) -> Sequence[Operand] | None:
    """An embedding if rows of a learned table are looked up by ids; otherwise a move, of one index a view."""
    table, ids = call.operand(0), call.operand(1)
    axis = call.attributes.get("axis", 0)
    if table.learned and len(table.shape) == 2 and axis == 0 and ids.shape:
        vocabulary, width = table.shape
        return [PendingNode("embedding", [ids], {"width": width, "vocabulary": vocabulary}, [table])]
    return [generic("move", "Gather", [table, ids], [call.shape()], fresh=bool(ids.shape))]
