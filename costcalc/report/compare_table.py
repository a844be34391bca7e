"""The report of several Costs side by side, with ratios to the first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.analysis.cost import Cost
from costcalc.report.lower_bound import lower_bound, unknown_ops
from costcalc.report.table import Cell, Table, at_least, shape, times


def compare_table(costs: Sequence[Cost]) -> Table:
    """A row a model: input, params, mult-adds and activations, and each as a multiple of the first model's."""
    first = costs[0]
    columns = ["model", "input", "params", "params ratio", "mult-adds", "mult-adds ratio"]
    columns += ["activations", "activations ratio"]
    rows: list[list[Cell]] = []
    for cost in costs:
        row: list[Cell] = [cost.graph.name, shape((1, *cost.graph.inputs[0].shape[1:]))]
        row += [cost.params, times(cost.params, first.params)]
        row += [at_least(cost.macs, cost.status == "complete"), times(cost.macs, first.macs)]
        row += [cost.activations, times(cost.activations, first.activations)]
        rows.append([*row, *cost.counts.values()])
    columns += [convention.name for convention in first.conventions]
    numbers = [column not in ("model", "input") for column in columns]
    notes = [f"Ratios: to {first.graph.name}."]
    notes += [f"{c.name} {c.version}: {c.about}." for c in first.conventions]
    notes += [f"{cost.graph.name}: {cost.graph.note}" for cost in costs if cost.graph.note]
    notes += [f"{cost.graph.name} is a lower bound, {lower_bound(cost)}." for cost in costs if cost.unknown]
    title = f"{', '.join(c.graph.name for c in costs)}: batch {first.graph.inputs[0].shape[0]}, {first.mode} mode"
    return Table(title, columns, rows, numbers, notes=list(dict.fromkeys(notes)))


def compare_data(costs: Sequence[Cost]) -> dict[str, Any]:
    """The same as data: totals by model, ratios left to the reader."""
    return {
        "schema": 1,
        "batch": costs[0].graph.inputs[0].shape[0],
        "mode": costs[0].mode,
        "models": [
            {
                "model": cost.graph.name,
                "input": list(cost.graph.inputs[0].shape[1:]),
                "params": cost.params,
                "mult_adds": cost.macs,
                "activations": cost.activations,
                "status": cost.status,
                "counts": cost.counts,
                **({"unknown": unknown_ops(cost)} if cost.unknown else {}),
            }
            for cost in costs
        ],
    }
