"""The cost of a network by layer or block: bars in the order of the network, in parts by the kind of op."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from costcalc.analysis.breakdown import Row
from costcalc.analysis.cost import Cost
from costcalc.analysis.depth import telling_depth
from costcalc.analysis.folding import folded
from costcalc.analysis.quantity import INCOMPLETE
from costcalc.report.column import Column, tabulated
from costcalc.report.plots.figure import Figure
from costcalc.report.plots.style import (
    COLOURS,
    HATCHES,
    LETTER,
    SMALL,
    TEXT,
    Unit,
    axis_label,
    cut,
    heading,
    short,
    unit_of,
    wrapped,
)  # fmt: skip
from costcalc.report.rows import breakdown_of
from costcalc.report.setting import title
from costcalc.report.style import FULL
from costcalc.report.table import Table, percentage, shown
from costcalc.spec.errors import CostcalcError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

MOST_NAMED = 40
"""Largest number of bars that have a name each."""

KINDS = 5
"""Largest number of ops that have a colour of their own."""

OTHERS = "other ops"

LONGEST = 22
"""Letters of a name below upright bars."""

APART = 0.14
"""Inches between bars that have a name each."""


def layers_figure(cost: Cost, depth: int | str, width: float) -> Figure:
    """Bars of the cost's first quantity. Equal neighbouring blocks are one bar; rows with none of it are left out.

    Raises CostcalcError if no row has any, for numbers per axis, and for sizes that are not integers.
    """
    quantity = cost.quantities[0]
    breakdown = breakdown_of(cost, telling_depth(cost) if depth == "auto" else depth)
    found = breakdown if depth in ("layer", "op") else folded(breakdown)
    unit = unit_of(quantity, [row[quantity.key] for row in found.rows])
    rows = [row for row in found.rows if row[quantity.key].number or row[quantity.key].status in INCOMPLETE]
    if not rows:
        raise CostcalcError(f"{cost.graph.name} has no {quantity.heading} to draw")
    parts = _parts(rows, depth == "op")
    kinds = [*dict.fromkeys(kind for part in parts for kind in part)]
    kinds.sort(key=lambda kind: (kind == OTHERS, -sum(part.get(kind, 0) for part in parts)))
    named = len(rows) <= MOST_NAMED

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        bars = _named if named else _many
        bars(axes, rows, [{kind: unit.of(part[kind]) for kind in part} for part in parts], kinds, unit, width)
        canvas.suptitle(heading(cost, width), fontsize=TEXT)
        if kinds != [""]:
            columns = max(min(len(kinds), int(width / 1.35)), 1)
            canvas.legend(
                *axes.get_legend_handles_labels(), loc="outside lower center", ncols=columns, handlelength=1.4
            )

    lines = 0 if kinds == [""] else -(-len(kinds) // max(int(width / 1.35), 1))
    height = (0.95 + APART * len(rows) if named else 3.2) + 0.17 * lines
    return Figure(_table(cost, rows, parts, kinds), draw, width, height)


def _parts(rows: Sequence[Row], whole: bool) -> list[dict[str, Any]]:
    """The number of each row by op, those of the smaller ops under OTHERS; under "" if it is not made of parts."""
    quantity = rows[0].cost.quantities[0]
    if whole or not quantity.adds:
        return [{"": row[quantity.key].number or 0} for row in rows]
    amounts = rows[0].cost.amounts(quantity)
    found: list[dict[str, Any]] = []
    for row in rows:
        part: dict[str, Any] = {}
        for node in row.nodes:
            if amounts[node].number:
                part[node.op] = part.get(node.op, 0) + amounts[node].number
        found.append(part)
    sums: dict[str, Any] = {}
    for part in found:
        for kind, number in part.items():
            sums[kind] = sums.get(kind, 0) + number
    ranked = sorted(sums, key=lambda kind: -sums[kind])
    small = set(ranked[KINDS:]) if len(ranked) > KINDS + 1 else set()
    made = []
    for part in found:
        others = sum(number for kind, number in part.items() if kind in small)
        kept = {kind: number for kind, number in part.items() if kind not in small}
        made.append({**kept, **({OTHERS: others} if others else {})})
    return made


def _table(cost: Cost, rows: Sequence[Row], parts: Sequence[Mapping[str, Any]], kinds: Sequence[str]) -> Table:
    """The bars as numbers: a row per bar; of each kind of op its part."""
    quantity = cost.quantities[0]
    total = cost[quantity.key].number_or_0
    of = {row.name: part for row, part in zip(rows, parts, strict=True)}
    columns: list[Column[Row]] = [
        Column("name", lambda row: row.name),
        Column(quantity.heading, lambda row: FULL.cell(row[quantity.key]), True, key=quantity.key),
        Column("status", lambda row: row[quantity.key].status),
    ]
    if quantity.adds:
        share = Column[Row]("share", lambda row: percentage(row[quantity.key].number_or_0, total), True)
        columns.insert(2, share)

    def part(kind: str) -> Column[Row]:
        return Column(kind, lambda row: of[row.name].get(kind, 0), True)

    columns += [part(kind) for kind in kinds if kind]
    return tabulated(title(cost), columns, rows, [])


def _bars(axes: Axes, parts: Sequence[Mapping[str, float]], kinds: Sequence[str], upright: bool) -> None:
    """The bars, each kind in a colour and a hatching of its own."""
    at, base = range(len(parts)), [0.0] * len(parts)
    for i, kind in enumerate(kinds):
        sizes = [part.get(kind, 0) for part in parts]
        look: dict[str, Any] = {
            "color": COLOURS[i % 8], "hatch": HATCHES[i % 8], "edgecolor": "black", "linewidth": 0.3, "label": kind
        }  # fmt: skip
        if upright:
            axes.bar(at, sizes, 0.8, base, **{**look, "linewidth": 0.15})
        else:
            axes.barh(at, sizes, 0.74, base, **look)
        base = [a + b for a, b in zip(base, sizes, strict=True)]


def _named(
    axes: Axes, rows: Sequence[Row], parts: Sequence[Mapping[str, float]], kinds: Sequence[str], unit: Unit,
    width: float,
) -> None:  # fmt: skip
    """A bar to the right per row, with its name on the left and its number at its end."""
    cost = rows[0].cost
    quantity = cost.quantities[0]
    _bars(axes, parts, kinds, upright=False)
    letters = int(0.36 * width / LETTER)
    axes.set_yticks(range(len(rows)), [cut(row.name, letters) for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    total = cost[quantity.key].number_or_0
    ends = [sum(part.values()) for part in parts]
    for i, (row, end) in enumerate(zip(rows, ends, strict=True)):
        amount = row[quantity.key]
        text = "unknown" if amount.status == "unknown" else short(unit.of(amount.number))
        text = f"≥ {text}" if amount.status == "lower bound" else text
        if quantity.adds and amount.number and amount.status not in INCOMPLETE:
            text = f"{text} ({shown(percentage(amount.number, total))})"
        axes.annotate(text, (end, i), (3, 0), textcoords="offset points", va="center", fontsize=SMALL)
    axes.set_xlim(0, 1.32 * max(max(ends), 1e-9) if width > 4 else 1.55 * max(max(ends), 1e-9))
    axes.set_xlabel(axis_label(quantity, unit, 0.62 * width))


def _many(
    axes: Axes, rows: Sequence[Row], parts: Sequence[Mapping[str, float]], kinds: Sequence[str], unit: Unit,
    width: float,
) -> None:  # fmt: skip
    """An upright bar per row, without a name; below them the first row of each block has one."""
    _bars(axes, parts, kinds, upright=True)
    quantity = rows[0].cost.quantities[0]
    for i, row in enumerate(rows):
        if row[quantity.key].status == "unknown":
            axes.annotate("?", (i, 0), (0, 1), textcoords="offset points", ha="center", fontsize=SMALL)
    axes.set_xlim(-1, len(rows))
    axes.set_ylim(0, 1.05 * max(max(sum(part.values()) for part in parts), 1e-9))
    axes.grid(axis="y")
    apart = len(rows) * 0.125 / (width - 0.7)  # bars between two names
    depth, last = _depth(rows), ""
    places: list[int] = []
    names: list[str] = []
    for i, row in enumerate(rows):
        name = ".".join(row.name.split(".")[:depth])
        if name != last and (not places or i - places[-1] >= apart):
            places.append(i)
            names.append(cut(name, LONGEST))
        last = name
    axes.set_xticks(places, names, rotation=90)
    axes.set_ylabel(axis_label(quantity, unit, 1.7))
    axes.set_xlabel(wrapped(f"{len(rows)} rows, in order; names: the first of each block", 0.7 * width, TEXT))


def _depth(rows: Sequence[Row]) -> int:
    """The smallest depth at which no block holds more than half of the rows."""
    deepest = max(row.name.count(".") + 1 for row in rows)
    for depth in range(1, deepest):
        blocks = Counter(".".join(row.name.split(".")[:depth]) for row in rows)
        if 2 * max(blocks.values()) <= len(rows):
            return depth
    return deepest
