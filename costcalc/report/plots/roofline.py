"""The roofline of a device, with every layer of a network on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from costcalc.analysis.breakdown import Row
from costcalc.analysis.cost import Cost
from costcalc.analysis.device import Device
from costcalc.analysis.roofline import FLOPS_PER_MULT_ADD, limits, ridge
from costcalc.report.column import Column, tabulated
from costcalc.report.plots.figure import Figure
from costcalc.report.plots.labels import Point, label
from costcalc.report.plots.numbers import amounts_of
from costcalc.report.plots.style import COLOURS, SMALL, TEXT, cut, heading, plain_log
from costcalc.report.setting import title
from costcalc.report.style import milliseconds
from costcalc.report.table import Table, Value, percentage, shown
from costcalc.spec.errors import CostcalcError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

NAMED = 6
"""Number of layers that have a name: those with the most seconds."""

LOOKS = {"compute": ("o", COLOURS[0]), "memory": ("^", COLOURS[1])}
"""Marker and colour of a layer, by what limits it."""


def roofline_figure(cost: Cost, width: float) -> Figure:
    """A point per layer of a cost of `roofline_report`'s columns on a device: mult-adds per byte, and per second.

    Raises CostcalcError if no layer has mult-adds, or they are unknown.
    """
    found = limits(cost.run)
    on = [row for row in cost.layers if found[row.node] is not None and row["mult_adds"].number and row["bound"].number]
    if not on:
        raise CostcalcError(f"{cost.graph.name} has no layer with mult-adds to draw")

    def by(row: Row) -> str:
        limit = found[row.node]
        return "unknown" if limit is None else limit.by

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        _roof(axes, cost, [float(row["intensity"].number) for row in on], [_rate(row) for row in on], width)
        for side, (marker, colour) in LOOKS.items():
            own = [row for row in on if by(row) == side]
            sizes = [(2 * _radius(row, cost)) ** 2 for row in own]
            axes.scatter(
                [float(row["intensity"].number) for row in own], [_rate(row) for row in own], sizes,
                color=colour, marker=marker, alpha=0.6, edgecolor="black", linewidth=0.4, zorder=4,
            )  # fmt: skip
        canvas.suptitle(heading(cost, width), fontsize=TEXT)
        handles = _legend(cost, on, by)
        canvas.legend(handles=handles, loc="outside lower center", ncols=2 if width > 6 else 1)
        largest = sorted(on, key=lambda row: -row["bound"].number)
        names = [cut(row.name, 26) if i < NAMED else "" for i, row in enumerate(largest)]
        points = [
            Point(float(row["intensity"].number), _rate(row), _radius(row, cost), name)
            for row, name in zip(largest, names, strict=True)
        ]
        label(axes, [*points, *_along_the_roof(axes, cost)], SMALL)

    return Figure(_table(cost, by), draw, width, max(0.62 * width, 2.5) + (0.6 if width > 6 else 0.95))


def _rate(row: Row) -> float:
    """Mult-adds per second."""
    return float(row["mult_adds"].number / row["bound"].number)


def _radius(row: Row, cost: Cost) -> float:
    """Points: the area is the layer's share of the seconds; a layer of next to none can be seen too."""
    return 2 + 16 * math.sqrt(row["bound"].number / cost["bound"].number_or_0)


def _roof(axes: Axes, cost: Cost, across: Sequence[float], up: Sequence[float], width: float) -> None:
    device: Device = cost.run.on
    peak = device.flops(cost.run.dtype) / FLOPS_PER_MULT_ADD
    edge, bandwidth = ridge(device, cost.run.dtype), device.bandwidth
    left, right = min(min(across), edge) / 4, max(max(across), edge) * 4
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(left, right)
    axes.set_ylim(min(min(up), left * bandwidth) / 1.5, max(max(up), peak) * 3)
    axes.plot([left, edge, right], [left * bandwidth, peak, peak], color="black", zorder=2)
    axes.axvline(edge, color="#666666", linestyle=":", linewidth=0.8, zorder=1)
    axes.xaxis.set_major_formatter(plain_log)
    axes.yaxis.set_major_formatter(plain_log)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_formatter(_nothing)
    axes.grid(True)
    axes.set_xlabel("mult-adds per byte moved, as costcalc counts")
    axes.set_ylabel("mult-adds per second, at most")


def _along_the_roof(axes: Axes, cost: Cost) -> list[Point]:
    """Points of the roof, which no label covers."""
    device: Device = cost.run.on
    (left, right), peak = axes.get_xlim(), device.flops(cost.run.dtype) / FLOPS_PER_MULT_ADD
    across = [left * (right / left) ** (i / 100) for i in range(101)]
    return [Point(x, min(x * device.bandwidth, peak), 2, "") for x in across]


def _nothing(number: float, _: Any = None) -> str:
    return ""


def _legend(cost: Cost, on: Sequence[Row], by: Any) -> list[Any]:
    """What limits how many layers, and for how long; and those without mult-adds, which have no place."""
    from matplotlib.lines import Line2D

    made = []
    whole = cost["bound"].number_or_0
    for side, (marker, colour) in LOOKS.items():
        own = [row for row in on if by(row) == side]
        made.append((marker, colour, _told(f"limited by {side}", own, whole)))
    inside = {row.name for row in on}
    rest = [row for row in cost.layers if row.name not in inside and row["bound"].number]
    if rest:
        made.append(("", "none", _told("not drawn, without mult-adds", rest, whole)))
    unknown = sum(by(row) == "unknown" for row in cost.layers)
    if unknown:
        made.append(("", "none", f"not drawn, unknown: {unknown} layer{'s' if unknown > 1 else ''}"))
    made.append(("", "none", f"area: seconds; all layers {milliseconds(whole)} ms"))
    device: Device = cost.run.on
    peak, edge = device.flops(cost.run.dtype) / 1e12, ridge(device, cost.run.dtype)
    rates = f"{peak:,.4g} TFLOP/s in {cost.run.dtype}, {device.bandwidth / 1e9:,.4g} GB/s"
    made.append(("", "none", f"roof: {rates}; ridge point {edge:,.3g}"))
    return [
        Line2D([], [], linestyle="", marker=marker or "None", color=colour, markeredgecolor="black", label=text)
        for marker, colour, text in made
    ]


def _told(what: str, rows: Sequence[Row], whole: float) -> str:
    seconds = sum(row["bound"].number for row in rows)
    share = shown(percentage(seconds, whole)) or "0 %"
    return f"{what}: {len(rows)} layer{'' if len(rows) == 1 else 's'}, {share} of time"


def _table(cost: Cost, by: Any) -> Table:
    rows = [row for row in cost.layers if by(row)]
    columns: list[Column[Row]] = [Column("name", lambda row: row.name), Column("op", lambda row: row.op)]
    columns += [amounts_of(quantity) for quantity in cost.quantities]

    def rate(row: Row) -> Value | None:
        macs, seconds = row["mult_adds"].number, row["bound"].number
        return Value("", macs / seconds) if macs is not None and seconds else None

    columns.append(Column("mult-adds per second", rate, True, key="mult_adds_per_second"))
    columns.append(Column("limited by", by, key="limited_by"))
    return tabulated(title(cost), columns, rows, [])
