"""The report of each tool's total for a network, with the ledger from mult-adds to the total."""

from __future__ import annotations

from typing import Any

from costcalc.analysis.cost import Cost
from costcalc.conventions.convention import Convention
from costcalc.conventions.ledger import ledger
from costcalc.conventions.quantity import not_predicted
from costcalc.report.lower_bound import lower_bound
from costcalc.report.report import Report
from costcalc.report.setting import batch, inputs
from costcalc.report.table import Cell, Table

COLUMNS = ["op", "layers", "difference", "why"]


def reconcile_report(cost: Cost) -> Report:
    """A table per convention of the cost."""
    return Report(lambda _: reconcile_tables(cost), lambda: reconcile_data(cost))


def reconcile_tables(cost: Cost) -> list[Table]:
    """A Table for each convention of the cost: mult-adds, then a line per op and reason, and the tool's total below."""
    graph = cost.graph
    title = f"{graph.name}, input {inputs(graph)}, {batch(graph)}, {cost.mode} mode"
    tables = [_table(cost, convention, title) for convention in cost.conventions]
    tables[-1].notes.extend(cost.notes)
    return tables


def _table(cost: Cost, convention: Convention, title: str) -> Table:
    heading = f"{convention.name} {convention.version}: {title}"
    numbers = [False, True, True, False]
    if convention.only_params:
        params = convention.params(cost.run)
        notes = [f"{convention.name} does not count operations: there is nothing to reconcile with mult-adds."]
        notes.append(f"It counts {params:,} params, costcalc {cost.params:,}.")
        return Table(heading, COLUMNS, [], numbers, notes=notes)
    counted = sum(1 for layer in cost.layers if layer.status == "counted")
    rows: list[list[Cell]] = [["mult-adds", counted, cost.macs, "one multiply and its add"]]
    rows += [[line.op, line.layers, line.difference, line.why] for line in ledger(convention, cost.run)]
    total: list[Cell] = ["total", None, convention.total(cost.run), convention.about]
    return Table(heading, COLUMNS, rows, numbers, total, _notes(cost, convention, len(rows) == 1))


def _notes(cost: Cost, convention: Convention, same: bool) -> list[str]:
    notes = ["The same as mult-adds."] if same else []
    unit = convention.printed.get("mult-adds")
    if unit:
        notes.append(f"Its source prints the total rounded, in units of {unit:,}.")
    notes += not_predicted(convention, cost.run)
    if cost.unknown:
        notes.append(f"mult-adds is a lower bound, {lower_bound(cost, 'mult_adds')}.")
    return notes


def reconcile_data(cost: Cost) -> dict[str, Any]:
    """The same as data: each ledger adds up to total minus mult_adds; null if a tool does not count operations.

    `unpredicted` names operations without a rule for how the tool counts them: with any, the tool's total may differ.
    """
    return {
        "schema": 1,
        "model": cost.graph.name,
        "input": list(cost.graph.sizes(cost.graph.inputs[0])),
        "batch": cost.graph.batch,
        "mode": cost.mode,
        "mult_adds": cost.macs,
        "status": cost.status,
        "tools": [
            {
                "tool": c.name,
                "version": c.version,
                "unit": None if c.only_params else c.unit,
                "total": None if c.only_params else c.total(cost.run),
                "unpredicted": c.unpredicted(cost.graph),
                "ledger": [
                    {"op": line.op, "layers": line.layers, "difference": line.difference, "why": line.why}
                    for line in ([] if c.only_params else ledger(c, cost.run))
                ],
            }
            for c in cost.conventions
        ],
        **({"notes": cost.notes} if cost.by_rules else {}),
    }
