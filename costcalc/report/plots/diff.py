"""What two models differ in: for each layer a bar before, and a bar after. The figure of a comparison in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costcalc.analysis.diff import Change, Diff, difference
from costcalc.analysis.quantity import Quantity
from costcalc.report.column import Column, tabulated
from costcalc.report.plots.figure import Figure
from costcalc.report.plots.style import COLOURS, HATCHES, LETTER, TEXT, axis_label, cut, unit_of, wrapped
from costcalc.report.style import FULL
from costcalc.spec.errors import CostcalcError

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

MOST_BARS = 16
"""Layers of a figure: those that changed most."""


def diff_figure(diff: Diff, width: float) -> Figure:
    """The layers whose amount of the first quantity that differs has changed, in order; of many the most changed.

    Raises CostcalcError if there are none.
    """
    quantity, changes = _changed(diff)
    gap = {id(change): abs(difference(quantity, *change.amounts(quantity.key))) for change in changes}
    most = {id(change) for change in sorted(changes, key=lambda change: -gap[id(change)])[:MOST_BARS]}
    shown = [change for change in changes if id(change) in most]
    unit = unit_of(quantity, [amount for change in shown for amount in change.amounts(quantity.key)])

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        for i, name in enumerate(("before", "after")):
            numbers = [unit.of(change.amounts(quantity.key)[i].number_or_0) for change in shown]
            places = [at + 0.4 * i - 0.2 for at in range(len(shown))]
            look: dict[str, Any] = {"color": COLOURS[1 - i], "hatch": HATCHES[1 - i], "edgecolor": "black"}
            axes.barh(places, numbers, 0.4, label=name, linewidth=0.3, **look)
        axes.set_yticks(range(len(shown)), [cut(change.name, int(0.36 * width / LETTER)) for change in shown])
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.grid(axis="x")
        axes.set_xlabel(axis_label(quantity, unit, 0.6 * width))
        more = f": the {len(shown)} of {len(changes)} layers that changed most" if len(shown) < len(changes) else ""
        canvas.suptitle(wrapped(f"{diff.old.setting} → {diff.new.setting}{more}", width, TEXT), fontsize=TEXT)
        canvas.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)

    columns: list[Column[Change]] = [Column("name", lambda change: change.name)]
    columns += [
        Column("old", lambda change: FULL.cell(change.amounts(quantity.key)[0]), True),
        Column("new", lambda change: FULL.cell(change.amounts(quantity.key)[1]), True),
    ]
    table = tabulated(f"{diff.old.setting} → {diff.new.setting}: {quantity.heading}", columns, shown, [])
    return Figure(table, draw, width, 1.3 + 0.22 * len(shown))


def _changed(diff: Diff) -> tuple[Quantity, list[Change]]:
    """The mult-adds if they differ in any row, otherwise the first quantity that does; and those rows."""
    for quantity in sorted(diff.quantities, key=lambda each: each.key != "mult_adds"):
        found = [each for each in diff.changes if difference(quantity, *each.amounts(quantity.key))]
        if found:
            return quantity, found
    raise CostcalcError("no layer has another amount")
