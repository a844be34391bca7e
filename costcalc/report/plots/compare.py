"""Networks against each other: a point each, with a bubble for a third quantity, and a line per family."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from costcalc.analysis.cost import Cost
from costcalc.analysis.quantity import INCOMPLETE, Quantity
from costcalc.report.column import Column, tabulated
from costcalc.report.plots.figure import Figure
from costcalc.report.plots.labels import Point, label
from costcalc.report.plots.numbers import amounts_of
from costcalc.report.plots.style import (
    COLOURS,
    DASHES,
    MARKERS,
    SMALL,
    TEXT,
    Unit,
    axis_label,
    cut,
    plain_log,
    short,
    unit_of,
    wrapped,
)  # fmt: skip
from costcalc.report.setting import inputs, shared
from costcalc.report.style import plain_name
from costcalc.report.table import Table
from costcalc.spec.errors import CostcalcError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

LARGEST = 16
"""Points of the radius of the largest bubble."""

LINE = 14
"""Points of the height of a line of the legend."""

WIDE = 12
"""Ratio of the largest number to the smallest from which on an axis is logarithmic."""


def family(name: str) -> str:
    """The family of a network that the zoo does not have, by its name: ``torchvision:swin_t`` -> ``swin``."""
    return re.sub(r"(?<=[A-Za-z])[\d_.\-].*$", "", re.split(r"[ /\\]", name.rpartition(":")[2] or name)[-1])


def compare_figure(costs: Sequence[Cost], families: Sequence[str], width: float) -> Figure:
    """A point per cost: across its first quantity, up its second, and if there is a third, that is the bubble's area.

    families  of the networks, in the same order; those of one are joined by a line

    Raises CostcalcError if a network lacks one of the numbers, for numbers per axis and sizes that are not integers.
    """
    quantities = costs[0].quantities
    units = [unit_of(quantity, [cost[quantity.key] for cost in costs]) for quantity in quantities]
    for cost in costs:
        for quantity in quantities:
            if cost[quantity.key].number is None:
                raise CostcalcError(f"{cost.graph.name} has no number for {quantity.key}: {cost[quantity.key].status}")
    numbers = [
        [unit.of(cost[quantity.key].number) for quantity, unit in zip(quantities, units, strict=True)] for cost in costs
    ]

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        _scale(axes, numbers)
        _axes(axes, quantities, units, width)
        most = max((each[2] for each in numbers if len(each) > 2), default=0)
        radii = [LARGEST * width / 7 * math.sqrt(each[2] / most) if most else 3.0 for each in numbers]
        drawn = _draw(axes, numbers, radii, families)
        canvas.suptitle(wrapped(_setting(costs), width, TEXT), fontsize=TEXT)
        below = [*drawn, *(_bubbles(most, units[2], quantities[2], width) if most else ())]
        if below:
            canvas.legend(
                handles=below, loc="outside lower center", ncols=_columns(width), handlelength=2, labelspacing=0.8
            )
        names = [cut(("≥ " if _is_bound(cost) else "") + _name(cost), 30) for cost in costs]
        order = sorted(range(len(costs)), key=lambda i: -numbers[i][1])
        left_out = label(axes, [Point(numbers[i][0], numbers[i][1], max(radii[i], 3), names[i]) for i in order], SMALL)
        if left_out:
            axes.set_title(f"{left_out} of {len(costs)} points without room for a name", fontsize=SMALL, loc="right")

    lines = -(-(_joined(families) + (2 if len(quantities) > 2 else 0)) // _columns(width))
    return Figure(_table(costs, families), draw, width, max(0.62 * width, 2.6) + 0.22 * lines)


def _columns(width: float) -> int:
    return max(int(width / 1.5), 1)


def _joined(families: Sequence[str]) -> int:
    """Number of families with a line."""
    return sum(families.count(each) > 1 for each in dict.fromkeys(families))


def _name(cost: Cost) -> str:
    """The name of a model as the figure says it."""
    return plain_name(cost.graph.name)


def _is_bound(cost: Cost) -> bool:
    return any(cost[quantity.key].status in INCOMPLETE for quantity in cost.quantities)


def _setting(costs: Sequence[Cost]) -> str:
    """``input 3x224x224, batch 1, eval mode``: what all have in common."""
    sizes = {inputs(cost.graph) for cost in costs}
    each = f"input {sizes.pop()}" if len(sizes) == 1 else "each at an input of its own"
    bound = "≥: a lower bound" if any(map(_is_bound, costs)) else ""
    return ", ".join(filter(None, [each, shared(costs).partition(":")[0], bound]))


def _scale(axes: Axes, numbers: Sequence[Sequence[float]]) -> None:
    """Logarithmic axes for numbers of different sizes, with room for bubbles and names around the points."""
    for at, name in enumerate(("x", "y")):
        each = [point[at] for point in numbers]
        low, high = min(each), max(each)
        if low > 0 and high / low >= WIDE:
            room = (high / low) ** 0.14
            getattr(axes, f"set_{name}scale")("log")
            getattr(axes, f"set_{name}lim")(low / room, high * room)
            axis = getattr(axes, f"{name}axis")
            axis.set_major_formatter(plain_log)
            axis.set_minor_formatter(_minor(low, high))
        else:
            room = 0.16 * ((high - low) or abs(high) or 1)
            getattr(axes, f"set_{name}lim")(low - room, high + room)


def _minor(low: float, high: float) -> Any:
    """Ticks of 2 and 5 have a text if there are few powers of ten."""
    few = math.log10(high / low) < 2.2

    def text(number: float, _: Any = None) -> str:
        digit = round(number / 10 ** math.floor(math.log10(number)))
        return plain_log(float(f"{number:.1g}")) if few and digit in (2, 5) else ""

    return text


def _axes(axes: Axes, quantities: Sequence[Quantity], units: Sequence[Unit], width: float) -> None:
    axes.grid(True)
    axes.set_xlabel(axis_label(quantities[0], units[0], 0.8 * width))
    axes.set_ylabel(axis_label(quantities[1], units[1], 0.45 * width))


def _draw(axes: Axes, numbers: Sequence[Sequence[float]], radii: Sequence[float], families: Sequence[str]) -> list[Any]:
    """The points, a marker and a colour per family. Returns the lines of families, for the legend."""
    lines = []
    for i, name in enumerate(dict.fromkeys(families)):
        colour = COLOURS[i % len(COLOURS)]
        own = sorted((*numbers[at][:2], radii[at]) for at, each in enumerate(families) if each == name)
        (line,) = axes.plot(
            [x for x, _, _ in own], [y for _, y, _ in own], DASHES[i // 8 % 4], color=colour, zorder=4,
            marker=MARKERS[i % len(MARKERS)], markeredgecolor="black", markeredgewidth=0.4, label=name,
        )  # fmt: skip
        if len(own) > 1:
            lines.append(line)
        axes.scatter(
            [x for x, _, _ in own], [y for _, y, _ in own], [(2 * radius) ** 2 for _, _, radius in own],
            color=colour, alpha=0.25, edgecolor="black", linewidth=0.4, zorder=3,
        )  # fmt: skip
    return lines


def _bubbles(most: float, unit: Unit, quantity: Quantity, width: float) -> list[Any]:
    """Two bubbles for the legend: one of a round number, no higher than its line, and a quarter of it."""
    from matplotlib.lines import Line2D

    low = most * min(LINE / (2 * LARGEST * width / 7), 1) ** 2
    power = 10 ** math.floor(math.log10(low))
    large = max(each * power for each in (1, 2, 4, 8) if each * power <= low)
    return [
        Line2D(
            [], [], linestyle="", marker="o", color="#CCCCCC", markeredgecolor="black", markeredgewidth=0.4,
            markersize=2 * LARGEST * width / 7 * math.sqrt(size / most),
            label=f"{quantity.heading} {short(size)} {unit.name}".strip(),
        ) for size in (large / 4, large)
    ]  # fmt: skip


def _table(costs: Sequence[Cost], families: Sequence[str]) -> Table:
    of = {id(cost): name for cost, name in zip(costs, families, strict=True)}
    columns: list[Column[Cost]] = [
        Column("model", lambda cost: cost.graph.name),
        Column("family", lambda cost: of[id(cost)]),
        Column("input", lambda cost: inputs(cost.graph)),
        Column("batch", lambda cost: str(cost.graph.batch or "none"), True),
    ]
    columns += [amounts_of(quantity) for quantity in costs[0].quantities]
    columns.append(Column("status", lambda cost: "lower bound" if _is_bound(cost) else "complete"))
    title = f"{', '.join(cost.graph.name for cost in costs[:3])}{' and more' if len(costs) > 3 else ''}"
    return tabulated(f"{title}: {_setting(costs)}", columns, costs, [])
