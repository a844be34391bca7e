"""The curves of a sweep: a quantity over sizes or settings, a line per combination of the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from costcalc.analysis.grid import Axis
from costcalc.report.plots.compare import WIDE, _minor
from costcalc.report.plots.figure import Figure
from costcalc.report.plots.style import COLOURS, DASHES, MARKERS, TEXT, axis_label, cut, plain_log, unit_of, wrapped
from costcalc.report.sweep_report import Point, SweepReport
from costcalc.spec.errors import CostcalcError
from costcalc.spec.printable import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

MOST_LINES = 24
"""Largest number of lines that can be told apart."""

MOST_MARKED = 40
"""Largest number of points of a line that have a marker each."""


def sweep_figure(report: SweepReport, width: float, by: str = "") -> Figure:
    """A quantity over the axis with the most numbers; a point that does not run is a gap.

    by  its key; by default that of the sweep's first quantity

    Raises CostcalcError if no axis has two numbers or more, if there are too many lines, and for numbers per axis.
    """
    sweep, points = report.sweep, report.points()
    quantity = next(each for each in sweep.quantities if by in ("", each.key))
    unit = unit_of(quantity, [point.amounts[quantity.key] for point in points])
    across = _across(sweep.grid.axes)
    lines: dict[str, list[Point]] = {}
    others = [axis for axis in sweep.grid.axes if axis is not across and len(axis.values) > 1 and not sweep.grid.zipped]
    for point in points:
        name = ", ".join(f"{axis.name} {_value(point.values[axis.name])}" for axis in others)
        lines.setdefault(name, []).append(point)
    if len(lines) > MOST_LINES:
        named = ", ".join(axis.name for axis in others)
        raise CostcalcError(f"{len(lines)} lines are too many to tell apart; give fewer values of {named}: at most "
                            f"{MOST_LINES} combinations")  # fmt: skip
    columns = max(int(width / 1.5), 1)

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        for i, (name, own) in enumerate(lines.items()):
            own = sorted(own, key=lambda point: point.values[across.name])
            numbers = [point.amounts[quantity.key].number for point in own]
            axes.plot(
                [point.values[across.name] for point in own],
                [math.nan if number is None else unit.of(number) for number in numbers],
                DASHES[i // 8 % 4], color=COLOURS[i % 8], label=name, markeredgecolor="black", markeredgewidth=0.3,
                marker=MARKERS[i % len(MARKERS)], markevery=max(1, -(-len(own) // MOST_MARKED)),
            )  # fmt: skip
        ran = [point for point in points if point.amounts[quantity.key].number is not None]
        _scale(axes, "y", [unit.of(point.amounts[quantity.key].number) for point in ran], WIDE)
        _scale(axes, "x", [float(point.values[across.name]) for point in ran], 2 * WIDE)
        axes.grid(True)
        axes.set_xlabel(f"{across.name}{', with the others in turn' if sweep.grid.zipped else ''}")
        axes.set_ylabel(axis_label(quantity, unit, 0.45 * width))
        canvas.suptitle(wrapped(_title(report, across), width, TEXT), fontsize=TEXT)
        if len(lines) > 1:
            canvas.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=columns, handlelength=3)

    rows = -(-len(lines) // columns) if len(lines) > 1 else 0
    table = report.tables("csv")[0]
    return Figure(table, draw, width, max(0.55 * width, 2.4) + 0.17 * rows)


def _across(axes: Sequence[Axis]) -> Axis:
    """The axis with the most numbers, the first of them."""
    usable = [axis for axis in axes if len(axis.values) > 1 and all(type(v) in (int, float) for v in axis.values)]
    if not usable:
        raise CostcalcError("a curve needs two sizes or more, like --input 32:1024:32")
    return max(usable, key=lambda axis: len(axis.values))


def _value(value: Any) -> str:
    return cut(shown(value) if not isinstance(value, str) else value, 20)


def _scale(axes: Axes, name: str, numbers: Sequence[float], wide: float) -> None:
    low, high = min(numbers), max(numbers)
    if low > 0 and high / low >= wide:
        getattr(axes, f"set_{name}scale")("log")
        axis = getattr(axes, f"{name}axis")
        axis.set_major_formatter(plain_log)
        axis.set_minor_formatter(_minor(low, high))
    elif name == "y":
        axes.set_ylim(bottom=0)


def _title(report: SweepReport, across: Axis) -> str:
    sweep = report.sweep
    fixed = [f"{axis.name} {_value(axis.values[0])}" for axis in sweep.grid.axes if len(axis.values) == 1]
    missing = sum(point.amounts[sweep.quantities[0].key].number is None for point in report.points())
    gaps = [f"it does not run at {missing:,} of {len(sweep.grid):,} points"] if missing else []
    return ", ".join([f"{sweep.request} {sweep.request.setting}".strip(), *fixed, *gaps])
