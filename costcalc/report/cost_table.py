"""The report of one Cost: a table by block or by layer, and the same as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.analysis.breakdown import By, Row
from costcalc.analysis.cost import Cost
from costcalc.analysis.folding import Folded
from costcalc.analysis.quantities import BASIC
from costcalc.analysis.quantity import Quantity
from costcalc.report.amounts import amount_column, numbers, share_column, status_column, statuses
from costcalc.report.column import Column, tabulated
from costcalc.report.lower_bound import lower_bounds, unknown_ops
from costcalc.report.rows import Others
from costcalc.report.setting import title
from costcalc.report.style import PLAIN, Style
from costcalc.report.table import Cell, Table
from costcalc.spec.shapes import text

Printed = Mapping[str, Mapping[str, str]]
"""Cells of a paper, as printed: quantity -> name of the block -> text."""

COLUMNS = ("params", "mult_adds")
"""Keys of the quantities shown by default."""

PAPER = {"params": "params", "mult_adds": "ops"}
"""Quantities that papers print by block: key -> name in papers."""

SCHEMA = 1

MOST_KINDS = 4
"""Largest number of ops named in a block's cell. With more, ops with a cost come first and the rest is counted."""


def cost_table(
    cost: Cost, rows: Sequence[Row], by: By, printed: Printed, source: str = "", style: Style = PLAIN,
    share: bool = False,
) -> Table:  # fmt: skip
    """The rows of a breakdown: a column per quantity of the cost, with the paper's columns beside the computed ones.

    `printed` has the paper's cells, `source` names the paper; `share` adds the percentage of each total. By layer, a
    column names the inputs of each row.
    """
    counted = cost.amounts(cost.quantity("mult_adds")).items()
    costly = {node.op for node, amount in counted if amount.status in ("counted", "unknown")}
    columns: list[Column[Row]] = [Column(by, lambda row: row.name, total="total", key="name")]
    if by == "layer" or (by == "block" and style.format != "latex"):  # too wide for a page
        columns.append(Column("op", lambda row: _kinds(row, costly)))
    if by != "op":
        columns.append(Column("output", lambda row: " ".join(map(text, row.outputs))))
    for quantity in cost.quantities:
        columns.append(amount_column(quantity, _itself, style, rows, cost))
        columns += _paper(PAPER.get(quantity.key, ""), printed)
        if share and quantity.adds:
            columns.append(share_column(quantity, _itself, cost))
    columns.append(status_column(lambda row: row.status))
    if by == "layer":
        columns.append(Column("connected to", lambda row: ", ".join(row.inputs), key="inputs"))
    return tabulated(title(cost), columns, rows, _notes(cost, rows, printed, source), totals=True)


def _itself(row: Row) -> Row:
    return row


def _paper(quantity: str, printed: Printed) -> list[Column[Row]]:
    """The column of a paper that prints the quantity, if there is one."""
    cells = printed.get(quantity)
    if cells is None:
        return []
    return [Column(f"{quantity} (paper)", lambda row: cells.get(row.name, ""), True, key=f"{quantity}_paper")]


def _kinds(row: Row, costly: set[str]) -> Cell:
    """``linear+scaled_dot_product_attention+reshape+7 more``; blank for a row of several blocks."""
    if isinstance(row, Others):
        return None
    kinds = row.op.split("+")
    if len(kinds) <= MOST_KINDS:
        return row.op
    first = sorted(kinds, key=lambda kind: kind not in costly)[: MOST_KINDS - 1]
    return "+".join([*first, f"{len(kinds) - len(first)} more"])


def _notes(cost: Cost, rows: Sequence[Row], printed: Printed, source: str) -> list[str]:
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
    if any(row[tool.name].status == "not counted" for row in rows for tool in cost.conventions):
        notes.append("A blank cell: the tool does not count the op.")
    if any(isinstance(row, Folded) for row in rows):
        notes.append("(2x), (3x), ...: equal neighbours as one row, with the sum of their costs; --unfold shows each.")
    return notes


def cost_data(cost: Cost, rows: Sequence[Row], share: bool = False) -> dict[str, Any]:
    """The stable JSON of `table`, schema 1. Integers are integers; an unknown or not counted number is null.

    `share` adds ``params_share``, ``mult_adds_share`` and so on to each row: fractions of the total, as floats.
    """
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
        "rows": [_row_data(row, cost.quantities) | (_shares(row) if share else {}) for row in rows],
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


def _shares(row: Row) -> dict[str, float | None]:
    adding = [quantity.key for quantity in row.cost.quantities if quantity.adds]
    totals = {key: row.cost[key].number for key in adding}
    return {f"{key}_share": (row[key].number_or_0 / whole if whole else None) for key, whole in totals.items()}


def _single(shapes: list[Any]) -> Any:
    """A single shape itself; several as a list."""
    return shapes[0] if len(shapes) == 1 else shapes
