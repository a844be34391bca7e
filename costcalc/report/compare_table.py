"""The report of several Costs side by side, with ratios to the first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.analysis.cost import Cost
from costcalc.report.table import Cell, Table, shape, times


def compare_table(costs: Sequence[Cost]) -> Table:
    """A row a model: input, layers with weights, params, mult-adds and activations, and each as a multiple."""
    first = costs[0]
    ratio = f"/ {first.graph.name}"
    columns = ["model", "input", "params", ratio, "mult-adds", ratio, "activations", ratio]
    rows: list[list[Cell]] = []
    for cost in costs:
        macs: Cell = cost.macs if cost.status == "complete" else f"≥ {cost.macs:,}"
        row: list[Cell] = [cost.graph.name, shape((1, *cost.graph.inputs[0].shape[1:]))]
        row += [cost.params, times(cost.params, first.params), macs, times(cost.macs, first.macs)]
        row += [cost.activations, times(cost.activations, first.activations)]
        rows.append([*row, *cost.counts.values()])
    columns += [convention.name for convention in first.conventions]
    numbers = [column not in ("model", "input") for column in columns]
    notes = [f"{c.name} {c.version}: {c.about}." for c in first.conventions]
    notes += [f"{cost.graph.name}: {cost.graph.note}" for cost in costs if cost.graph.note]
    title = f"{' and '.join(c.graph.name for c in costs)}: batch {first.graph.inputs[0].shape[0]}, {first.mode} mode"
    return Table(title, columns, rows, numbers, notes=notes)


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
            }
            for cost in costs
        ],
    }
