"""The report of several Costs side by side, with ratios to the first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from costcalc.analysis.cost import Cost
from costcalc.analysis.quantities import BASIC
from costcalc.analysis.quantity import Quantity
from costcalc.report.amounts import amount_column, numbers, status_column, statuses
from costcalc.report.column import Column, tabulated
from costcalc.report.lower_bound import lower_bounds, unknown_ops
from costcalc.report.report import Report
from costcalc.report.setting import batch, inputs, shared
from costcalc.report.style import PLAIN, Style
from costcalc.report.table import Cell, Table, Value, times
from costcalc.spec.numbers import is_fraction, is_open

COLUMNS = BASIC
"""Keys of the quantities shown by default."""


def compare_report(
    costs: Sequence[Cost], ratios: bool | None = None, style: Style = PLAIN, keys: Collection[str] = COLUMNS
) -> Report:
    """A row per model: its input, its quantities, and for the `keys` ratios to the first model.

    `ratios` None is False in LaTeX, and True elsewhere.
    """

    def tables(format: str) -> list[Table]:
        own = style._replace(format=format)
        shown = format != "latex" if ratios is None else ratios
        return [_table(costs, keys if shown else (), own)]

    return Report(tables, lambda: compare_data(costs))


def _table(costs: Sequence[Cost], ratios: Collection[str], style: Style) -> Table:
    first = costs[0]
    columns: list[Column[Cost]] = [
        Column("model", lambda cost: style.name(cost.graph.name)),
        Column("input", lambda cost: inputs(cost.graph)),
    ]
    if len({batch(cost.graph) for cost in costs}) > 1:
        columns.append(Column("batch", lambda cost: str(cost.graph.batch or "none"), True))
    if len({cost.mode for cost in costs}) > 1:
        columns.append(Column("mode", lambda cost: cost.mode))
    for quantity in first.quantities:
        columns.append(amount_column(quantity, _itself, style, costs))
        if quantity.key in ratios and not quantity.per_axis:
            columns.append(_ratio(quantity, style, first))
    columns.append(status_column(lambda cost: cost.status))
    notes = [f"Ratios: to {first.graph.name}."] if ratios else []
    for quantity in first.quantities:
        notes += [quantity.note] if quantity.note else []
        notes += _own_notes(quantity, costs)
    notes += [f"{cost.graph.name}: {note}" for cost in costs for note in cost.notes]
    notes += [f"{cost.graph.name} is a lower bound, {least}." for cost in costs for least in lower_bounds(cost)]
    title = ": ".join(filter(None, [", ".join(c.graph.name for c in costs), shared(costs)]))
    return tabulated(title, columns, costs, list(dict.fromkeys(notes)))


def _own_notes(quantity: Quantity, costs: Sequence[Cost]) -> list[str]:
    """The notes of a quantity on the models; with their names if a note is not one of all models."""
    found: dict[str, list[str]] = {}
    for cost in costs:
        for note in quantity.notes(cost.run):
            found.setdefault(note, []).append(cost.graph.name)
    return [note if len(names) == len(costs) else f"{', '.join(names)}: {note}" for note, names in found.items()]


def _itself(cost: Cost) -> Cost:
    return cost


def _ratio(quantity: Quantity, style: Style, first: Cost) -> Column[Cost]:
    """The column of ratios to the first model; blank if either has no number."""
    base = first[quantity.key].number

    def cell(cost: Cost) -> Cell:
        number = cost[quantity.key].number
        if number is None or is_open(number) or is_open(base) or not base:
            return None
        ratio = number / base
        return Value(times(number, base), float(ratio) if is_fraction(ratio) else ratio)

    heading, tool = f"{style.words(quantity)} ratio", quantity.convention is not None
    return Column(heading, cell, True, key=f"{quantity.key}_ratio", proper=tool)


def compare_data(costs: Sequence[Cost]) -> dict[str, Any]:
    """The same as data: totals by model, without ratios."""
    return {
        "schema": 1,
        "batch": costs[0].graph.batch,
        "mode": costs[0].mode,
        "models": [
            {
                "model": cost.graph.name,
                "input": list(cost.graph.sizes(cost.graph.inputs[0])),
                "batch": cost.graph.batch,
                "mode": cost.mode,
                **numbers(cost, cost.quantities, BASIC),
                "status": cost.status,
                "counts": cost.counts,
                **statuses(cost, cost.quantities),
                **({"unknown": unknown_ops(cost, "mult_adds")} if cost.unknown else {}),
                **({"notes": cost.notes} if cost.by_rules else {}),
            }
            for cost in costs
        ],
    }
