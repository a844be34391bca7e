"""The report of one Cost: a table by block or by layer, and the same as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from costcalc.analysis.cost import Breakdown, Cost, Row
from costcalc.report.lower_bound import lower_bound, unknown_ops
from costcalc.report.reconcile_table import unpredicted
from costcalc.report.table import Cell, Table, at_least, shape

Printed = Mapping[str, Mapping[str, str]]
"""What a paper prints: quantity -> name of the block -> the cell, as typed there."""

By = Literal["block", "layer", "op"]
"""What a row is."""

SCHEMA = 1

MOST_KINDS = 4
"""Kinds of computation that a block's cell names: of more, those that cost come first, and the rest is a number."""


def cost_table(cost: Cost, breakdown: Breakdown, by: By, printed: Printed, source: str = "") -> Table:
    """The rows of a breakdown, the paper's own columns beside the computed ones, other tools' columns after.

    `printed` has the paper's cells, `source` names the paper. By layer, a column says what each row reads.
    """
    about = [] if by == "op" else ["op", "output"]
    columns = [by, *about, "params", *_paper("params", printed), "mult-adds", *_paper("ops", printed)]
    tools = [convention.name for convention in cost.conventions]
    columns += tools
    numbers = [column not in (by, *about) for column in columns]
    costly = {layer.node.op for layer in cost.layers if layer.status in ("counted", "unknown")}
    rows = [[*_cells(row, by, printed, costly), *(row.counts[name] for name in tools)] for row in breakdown.rows]
    total: list[Cell] = ["total", *[""] * len(about), cost.params, *_blank("params", printed)]
    total += [at_least(cost.macs, cost.status == "complete"), *_blank("ops", printed), *cost.counts.values()]
    if by == "layer":
        columns.append("connected to")
        numbers.append(False)
        for cells, row in zip(rows, breakdown.rows, strict=True):
            cells.append(", ".join(row.inputs))
        total.append("")
    return Table(_title(cost), columns, rows, numbers, total, list(_notes(cost, breakdown, printed, source)))


def _cells(row: Row, by: By, printed: Printed, costly: set[str]) -> list[Cell]:
    macs: Cell
    if row.macs is None or row.status == "not run":
        macs = row.status
    else:
        macs = at_least(row.macs, row.status != "lower bound")
    about = [] if by == "op" else [_kinds(row.op, costly), " ".join(shape(output) for output in row.outputs)]
    params = [printed["params"].get(row.name, "")] if "params" in printed else []
    ops = [printed["ops"].get(row.name, "")] if "ops" in printed else []
    return [row.name, *about, row.params, *params, macs, *ops]


def _kinds(op: str, costly: set[str]) -> str:
    """``linear+scaled_dot_product_attention+reshape+7 more``."""
    kinds = op.split("+")
    if len(kinds) <= MOST_KINDS:
        return op
    first = sorted(kinds, key=lambda kind: kind not in costly)[: MOST_KINDS - 1]
    return "+".join([*first, f"{len(kinds) - len(first)} more"])


def _paper(quantity: str, printed: Printed) -> list[str]:
    return [f"{quantity} (paper)"] if quantity in printed else []


def _blank(quantity: str, printed: Printed) -> list[Cell]:
    return [""] if quantity in printed else []


def _title(cost: Cost) -> str:
    alike = Counter(shape((1, *t.shape[1:])) for t in cost.graph.inputs)
    inputs = ", ".join(size if n == 1 else f"{n} of {size}" for size, n in alike.items())
    return f"{cost.graph.name}: input {inputs}, batch {cost.graph.inputs[0].shape[0]}, {cost.mode} mode"


def _notes(cost: Cost, breakdown: Breakdown, printed: Printed, source: str) -> Sequence[str]:
    notes = [f"Activations: {cost.activations:,} elements, views and in-place ops left out."]
    per_token = cost.macs_per_token
    if per_token is not None and cost.tokens != 1:
        number = f"{per_token.numerator:,}" if per_token.denominator == 1 else f"{float(per_token):,.2f}"
        least = "at least " if cost.unknown else ""
        notes.append(f"Per token ({cost.tokens:,} of them): {least}{number} mult-adds.")
    if cost.unknown:
        notes.append(f"The total is a lower bound, {lower_bound(cost)}.")
    if cost.graph.note:
        notes.append(cost.graph.note)
    if printed:
        notes.append(f"Columns (paper): as printed in {source}.")
    for convention in cost.conventions:
        notes.append(f"{convention.name} {convention.version}: {convention.about}.")
        notes += unpredicted(cost, convention)
        memory = convention.memory(cost.run)
        if memory:
            notes.append(f"  Total mult-adds (G): {convention.total(cost.run) / 1e9:.2f}")
        notes += [f"  {convention.memory_headings[line]} (MB): {size / 1e6:.2f}" for line, size in memory.items()]
    if any(None in row.counts.values() for row in breakdown.rows):
        notes.append("A tool's blank cell: it does not see the op, or the layer does not run.")
    return notes


def cost_data(cost: Cost, breakdown: Breakdown) -> dict[str, Any]:
    """The stable JSON of `table`, schema 1. Integers are integers; what is unknown or not seen is null."""
    graph = cost.graph
    total: dict[str, Any] = {
        "params": cost.params,
        "mult_adds": cost.macs,
        "activations": cost.activations,
        "status": cost.status,
        "counts": cost.counts,
    }
    if cost.unknown:
        total["unknown"] = unknown_ops(cost)
    memory = {c.name: lines for c in cost.conventions if (lines := c.memory(cost.run))}
    if memory:
        total["memory_bytes"] = memory
    return {
        "schema": SCHEMA,
        "model": graph.name,
        "input": _single([list(t.shape[1:]) for t in graph.inputs]),
        "batch": graph.inputs[0].shape[0],
        "mode": cost.mode,
        "rows": [_row_data(row) for row in breakdown.rows],
        "total": total,
    }


def _row_data(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "op": row.op,
        "inputs": list(row.inputs),
        "output": _single([list(output) for output in row.outputs]),
        "params": row.params,
        "mult_adds": row.macs,
        "activations": row.activations,
        "formula": row.formula or None,
        "status": row.status,
        "counts": row.counts,
    }


def _single(shapes: list[Any]) -> Any:
    """One shape bare; several as a list."""
    return shapes[0] if len(shapes) == 1 else shapes
