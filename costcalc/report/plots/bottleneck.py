"""A convolution and what may replace it: cost over the width of a reduction, or a bar per variant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from costcalc.analysis.bottleneck import Bottleneck, Variant
from costcalc.analysis.quantities import find
from costcalc.analysis.quantity import Amount
from costcalc.report.bottleneck_table import SETTING, bottleneck_table
from costcalc.report.column import Column, tabulated
from costcalc.report.plots.figure import Figure
from costcalc.report.plots.style import (
    COLOURS,
    DASHES,
    HATCHES,
    MARKERS,
    SMALL,
    TEXT,
    Unit,
    axis_label,
    short,
    unit_of,
    wrapped,
)  # fmt: skip
from costcalc.report.table import Table, percentage, shown
from costcalc.spec import arguments
from costcalc.spec.shapes import joined

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

REDUCED = re.compile(r"reduce (\d+)(?:, (\d+) groups)?")
"""The name of a variant whose width is an axis."""


def bottleneck_figure(b: Bottleneck, by: str, width: float) -> Figure:
    """Of two reductions or more, a curve over their widths, and all other variants as levels; otherwise bars.

    Raises SpecError for another quantity than params and mult_adds.
    """
    by = arguments.one_of("by", by, ("params", "mult_adds"))
    each = (b.direct, *b.variants)
    unit = unit_of(find(by), [Amount(_number(variant, by)) for variant in each])
    curves: dict[str, list[tuple[int, Variant]]] = {}
    for variant in b.variants:
        found = REDUCED.fullmatch(variant.name)
        if found:
            name = f"1x1 reduce, {found[2]} groups" if found[2] else "1x1 reduce"
            curves.setdefault(name, []).append((int(found[1]), variant))
    levels = [variant for variant in each if not REDUCED.fullmatch(variant.name)]
    over = any(len(points) > 1 for points in curves.values())

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        if over:
            _curves(axes, b, curves, levels, unit, by, width)
        else:
            _bars(axes, b, unit, by, width)
        about = f"{joined(b.x)} to {b.out} channel{'s' if b.out > 1 else ''} by {b.kernel}x{b.kernel}. {SETTING}"
        canvas.suptitle(wrapped(about, width, TEXT), fontsize=TEXT)
        if over:
            columns = max(int(width / 1.6), 1)
            canvas.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=columns, handlelength=3)

    lines = -(-(len(curves) + len(levels) + 1) // max(int(width / 1.6), 1))
    height = max(0.55 * width, 2.4) + 0.17 * lines if over else 1.1 + 0.2 * len(each)
    return Figure(_table(b, by), draw, width, height)


def _number(variant: Variant, by: str) -> int:
    return variant.params if by == "params" else variant.macs


def _curves(
    axes: Axes, b: Bottleneck, curves: dict[str, list[tuple[int, Variant]]], levels: list[Variant], unit: Unit,
    by: str, width: float,
) -> None:  # fmt: skip
    at = 0
    for name, points in curves.items():
        points = sorted(points, key=lambda point: point[0])
        axes.plot(
            [x for x, _ in points], [unit.of(_number(v, by)) for _, v in points], color=COLOURS[at % 8],
            marker=MARKERS[at % len(MARKERS)], label=name,
        )  # fmt: skip
        at += 1
    for i, variant in enumerate(levels):
        axes.axhline(
            unit.of(_number(variant, by)), color="black" if i == 0 else COLOURS[(at + i) % 8],
            linestyle=DASHES[1 + i % 3], linewidth=1, label=variant.name,
        )  # fmt: skip
    pays = b.pays[0]
    widest = max(x for points in curves.values() for x, _ in points)
    if 0 < pays.up_to <= 1.5 * widest:
        groups = f" before {pays.groups} groups" if pays.groups > 1 else ""
        axes.axvline(
            pays.up_to, color="#666666", linestyle=":", linewidth=1, label=f"pays up to {pays.up_to:,}{groups}"
        )
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.grid(True)
    axes.set_xlabel("channels of the 1x1 reduction")
    axes.set_ylabel(axis_label(find(by), unit, 0.45 * width))


def _bars(axes: Axes, b: Bottleneck, unit: Unit, by: str, width: float) -> None:
    each = (b.direct, *b.variants)
    numbers = [unit.of(_number(variant, by)) for variant in each]
    for i, number in enumerate(numbers):
        kind = each[i].name.split(" ")[0]
        at = [*dict.fromkeys(variant.name.split(" ")[0] for variant in each)].index(kind)
        axes.barh(i, number, 0.74, color=COLOURS[at % 8], hatch=HATCHES[at % 8], edgecolor="black", linewidth=0.3)
        share = shown(percentage(_number(each[i], by), _number(b.direct, by)))
        axes.annotate(f"{short(number)} ({share})", (number, i), (3, 0), textcoords="offset points", va="center",
                      fontsize=SMALL)  # fmt: skip
    axes.set_yticks(range(len(each)), [variant.name for variant in each])
    axes.set_ylim(len(each) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, (1.3 if width > 4 else 1.5) * max(numbers))
    axes.grid(axis="x")
    axes.set_xlabel(axis_label(find(by), unit, 0.7 * width))


def _table(b: Bottleneck, by: str) -> Table:
    """A row per variant; of a reduction also its width."""
    columns: list[Column[Variant]] = [
        Column("variant", lambda variant: variant.name),
        Column("width", lambda variant: int(m[1]) if (m := REDUCED.fullmatch(variant.name)) else None, True),
        Column(by, lambda variant: _number(variant, by), True),
    ]
    return tabulated(bottleneck_table(b).title, columns, (b.direct, *b.variants), [])
