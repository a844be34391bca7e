"""The report of one Cost: a table by block or by layer, and the same as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from costcalc.analysis.breakdown import Breakdown, Row
from costcalc.analysis.cost import Cost
from costcalc.analysis.quantities import BASIC
from costcalc.analysis.quantity import Quantity
from costcalc.report.amounts import PLAIN, Scale, amount_column, numbers, statuses
from costcalc.report.column import Column, tabulated
from costcalc.report.lower_bound import lower_bounds, unknown_ops
from costcalc.report.setting import title
from costcalc.report.table import Table
from costcalc.spec.shapes import text

Printed = Mapping[str, Mapping[str, str]]
"""Cells of a paper, as printed: quantity -> name of the block -> text."""

By = Literal["block", "layer", "op"]
"""The kind of a row."""

COLUMNS = ("params", "mult_adds")
"""Keys of the quantities shown by default."""

PAPER = {"params": "params", "mult_adds": "ops"}
"""Quantities that papers print by block: key -> name in papers."""

SCHEMA = 1

MOST_KINDS = 4
"""Largest number of ops named in a block's cell. With more, ops with a cost come first and the rest is counted."""


def cost_table(
    cost: Cost, breakdown: Breakdown, by: By, printed: Printed, source: str = "", scale: Scale = PLAIN
) -> Table:
    """The rows of a breakdown: a column per quantity of the cost, with the paper's columns beside the computed ones.

    `printed` has the paper's cells, `source` names the paper. By layer, a column names the inputs of each row.
    """
    counted = cost.amounts(cost.quantity("mult_adds")).items()
    costly = {node.op for node, amount in counted if amount.status in ("counted", "unknown")}
    columns: list[Column[Row]] = [Column(by, lambda row: row.name, total="total")]
    if by != "op":
        columns.append(Column("op", lambda row: _kinds(row.op, costly)))
        columns.append(Column("output", lambda row: " ".join(map(text, row.outputs))))
    for quantity in cost.quantities:
        columns.append(amount_column(quantity, lambda row: row, scale, cost))
        columns += _paper(PAPER.get(quantity.key, ""), printed)
    if by == "layer":
        columns.append(Column("connected to", lambda row: ", ".join(row.inputs)))
    return tabulated(title(cost), columns, breakdown.rows, _notes(cost, breakdown, printed, source), totals=True)


def _paper(quantity: str, printed: Printed) -> list[Column[Row]]:
    """The column of a paper that prints the quantity, if there is one."""
    cells = printed.get(quantity)
    return [Column(f"{quantity} (paper)", lambda row: cells.get(row.name, ""), True)] if cells is not None else []


def _kinds(op: str, costly: set[str]) -> str:
    """``linear+scaled_dot_product_attention+reshape+7 more``."""
    kinds = op.split("+")
    if len(kinds) <= MOST_KINDS:
        return op
    first = sorted(kinds, key=lambda kind: kind not in costly)[: MOST_KINDS - 1]
    return "+".join([*first, f"{len(kinds) - len(first)} more"])


def _notes(cost: Cost, breakdown: Breakdown, printed: Printed, source: str) -> list[str]:
    keys = {quantity.key for quantity in cost.quantities}
    notes = []
    if "activations" not in keys:
        notes.append(f"Activations: {cost.activations:,} elements, views and in-place ops left out.")
    per_token = cost.macs_per_token
    if per_token is not None and cost.tokens != 1 and "mult_adds" in keys:
        number = f"{per_token.numerator:,}" if per_token.denominator == 1 else f"{float(per_token):,.2f}"
        least = "at least " if cost.unknown else ""
        notes.append(f"Per token ({cost.tokens:,} of them): {least}{number} mult-adds.")
    notes += [f"The total is a lower bound, {least}." for least in lower_bounds(cost)]
    notes += cost.notes
    if any(PAPER.get(key) in printed for key in keys):
        notes.append(f"Columns (paper): as printed in {source}.")
    for quantity in cost.quantities:
        notes += [quantity.note] if quantity.note else []
        notes += quantity.notes(cost.run)
    if any(row[tool.name].status == "not counted" for row in breakdown.rows for tool in cost.conventions):
        notes.append("A blank cell: the tool does not count the op.")
    return notes


def cost_data(cost: Cost, breakdown: Breakdown) -> dict[str, Any]:
    """The stable JSON of `table`, schema 1. Integers are integers; an unknown or not counted number is null."""
    graph = cost.graph
    total: dict[str, Any] = {
        **numbers(cost, cost.quantities, BASIC),
        "status": cost.status,
        "counts": cost.counts,
        **statuses(cost, cost.quantities),
    }
    if cost.unknown:
        total["unknown"] = unknown_ops(cost, "mult_adds")
    memory = {c.name: lines for c in cost.conventions if (lines := c.memory(cost.run))}
    if memory:
        total["memory_bytes"] = memory
    return {
        "schema": SCHEMA,
        "model": graph.name,
        "input": _single([list(graph.sizes(t)) for t in graph.inputs]),
        "batch": graph.batch,
        "mode": cost.mode,
        "rows": [_row_data(row, cost.quantities) for row in breakdown.rows],
        "total": total,
        **({"notes": cost.notes} if cost.by_rules else {}),
    }


def _row_data(row: Row, quantities: Sequence[Quantity]) -> dict[str, Any]:
    return {
        "name": row.name,
        "op": row.op,
        "inputs": list(row.inputs),
        "output": _single([list(output) for output in row.outputs]),
        **numbers(row, quantities, BASIC),
        "formula": row.formula or None,
        "status": row.status,
        "counts": row.counts,
        **statuses(row, quantities),
    }


def _single(shapes: list[Any]) -> Any:
    """A single shape itself; several as a list."""
    return shapes[0] if len(shapes) == 1 else shapes
