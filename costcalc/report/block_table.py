"""The report of one block: its layers, their sums, its share of the network, and its largest layer."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from costcalc.analysis.breakdown import Row
from costcalc.analysis.cost import Cost
from costcalc.analysis.quantities import BASIC
from costcalc.analysis.quantity import INCOMPLETE, Quantity
from costcalc.report.amounts import numbers, statuses
from costcalc.report.column import Column, tabulated
from costcalc.report.style import FULL, rounded
from costcalc.report.table import Table
from costcalc.spec.shapes import text

SHARED = ("params", "mult_adds")
"""Quantities whose share of the network is said."""


def block_table(cost: Cost, block: Row) -> Table:
    """A row per layer of the block, by its name in the block, and a column per quantity; the sums below."""
    layers = _layers(cost, block)
    columns: list[Column[Row]] = [
        Column("layer", lambda row: row.name.removeprefix(f"{block.name}."), total="total", key="name"),
        Column("op", lambda row: row.op),
        Column("output", lambda row: " ".join(map(text, row.outputs))),
        *(_amounts(quantity, block) for quantity in _shown(cost)),
    ]
    notes = [
        "input     " + (", ".join(block.inputs) or "none"),
        "output    " + (" ".join(map(text, block.outputs)) or "none"),
        "share     " + ", ".join(_share(cost, block, key) for key in SHARED) + " of the network",
    ]
    largest = _largest(layers)
    if largest is not None:
        of_block = f"{_percent(largest['mult_adds'].number, block['mult_adds'].number)} of the block's mult-adds"
        notes.append(f"largest   {largest.name}: {of_block}")
    if block["mult_adds"].status in INCOMPLETE:
        notes.append("The mult-adds are a lower bound: those of some layers are unknown.")
    if any(row[tool.name].status == "not counted" for row in layers for tool in cost.conventions):
        notes.append("A blank cell: the tool does not count the layer; costcalc explain MODEL LAYER says why.")
    count = f"{len(layers)} layer" + ("s" if len(layers) > 1 else "")
    return tabulated(f"{cost.graph.name}: block {block.name}, {count}", columns, layers, notes, totals=True)


def _layers(cost: Cost, block: Row) -> list[Row]:
    return [Row(cost, node.name, [node]) for node in block.nodes]


def _shown(cost: Cost) -> list[Quantity]:
    """The basic quantities, and tools that are asked for."""
    return [quantity for quantity in cost.quantities if quantity.key in BASIC or quantity.convention is not None]


def _amounts(quantity: Quantity, block: Row) -> Column[Row]:
    total = FULL.cell(block[quantity.key])
    heading, tool = FULL.heading(quantity), quantity.convention is not None
    return Column(heading, lambda row: FULL.cell(row[quantity.key]), True, total, quantity.key, proper=tool)


def _share(cost: Cost, block: Row, key: str) -> str:
    heading, part, whole = cost.quantity(key).heading, block[key], cost[key]
    if part.status in INCOMPLETE or whole.status in INCOMPLETE or not whole.number:
        return f"unknown of the {heading}"
    return f"{_percent(part.number_or_0, whole.number)} of the {heading}"


def _percent(part: int, whole: int) -> str:
    return f"{rounded(Fraction(100 * part, whole), 1)}%"


def _largest(layers: list[Row]) -> Row | None:
    """The layer with the most mult-adds; None if no layer has any."""
    most = max(layers, key=lambda row: row["mult_adds"].number_or_0)
    return most if most["mult_adds"].number_or_0 else None


def block_data(cost: Cost, block: Row) -> dict[str, Any]:
    """The same as data. A share is a fraction of 1; null if it is not known."""
    layers, largest = _layers(cost, block), _largest(_layers(cost, block))
    known = {key: cost[key].status not in INCOMPLETE and block[key].status not in INCOMPLETE for key in SHARED}
    return {
        "schema": 1,
        "model": cost.graph.name,
        "block": block.name,
        "inputs": list(block.inputs),
        "outputs": [list(shape) for shape in block.outputs],
        **_numbers(cost, block),
        "share": {
            key: block[key].number_or_0 / cost[key].number if known[key] and cost[key].number else None
            for key in SHARED
        },
        "largest": largest.name if largest else None,
        "layers": [
            {"name": row.name, "op": row.op, "outputs": [list(s) for s in row.outputs], **_numbers(cost, row)}
            for row in layers
        ],
    }


def _numbers(cost: Cost, row: Row) -> dict[str, Any]:
    return {
        **numbers(row, cost.quantities, BASIC),
        "status": row.status,
        "counts": row.counts,
        **statuses(row, cost.quantities),
    }
