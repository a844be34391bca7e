"""Labels beside points, placed so that they cover neither each other nor the points, and no lines if there is room."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.transforms import Bbox

AROUND = (
    (1, 0, "left", "center"), (-1, 0, "right", "center"), (0, 1, "center", "bottom"), (0, -1, "center", "top"),
    (0.8, 0.8, "left", "bottom"), (0.8, -0.8, "left", "top"), (-0.8, 0.8, "right", "bottom"),
    (-0.8, -0.8, "right", "top"),
)  # fmt: skip
"""Directions from a point, and how the text is aligned there."""

DISTANCES = (0, 7, 15, 26)
"""Points between a label and the edge of its point; from the second on with a line."""


class Point(NamedTuple):
    """A point in the units of the axes, its radius in points, and its label; empty: none, but nothing covers it."""

    x: float
    y: float
    radius: float
    label: str


def label(axes: Axes, points: Sequence[Point], size: float) -> int:
    """Draw the labels, the first ones first. Returns the number of those that found no place and are left out."""
    from matplotlib.transforms import Bbox

    figure = axes.figure.figure
    assert figure is not None
    figure.draw_without_rendering()
    scale = figure.dpi / 72
    area = axes.get_window_extent()
    taken: list[Bbox] = []
    lines = [box for line in axes.lines for box in _along(line)]
    for point in points:
        x, y = axes.transData.transform((point.x, point.y))
        reach = 0.75 * point.radius * scale
        taken.append(Bbox([[x - reach, y - reach], [x + reach, y + reach]]))
    missing = 0
    for point in points:
        if point.label and not any(_placed(axes, point, size, taken, each, area) for each in (lines, [])):
            missing += 1
    return missing


def _along(line: Line2D) -> list[Bbox]:
    """Small boxes along a drawn line."""
    from matplotlib.transforms import Bbox

    places = line.get_transform().transform(line.get_xydata())
    boxes = []
    for (x0, y0), (x1, y1) in pairwise(places):
        steps = int(max(abs(x1 - x0), abs(y1 - y0)) / 4) + 1
        boxes += [(x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps) for i in range(steps + 1)]
    return [Bbox([[x - 1, y - 1], [x + 1, y + 1]]) for x, y in boxes]


def _placed(axes: Axes, point: Point, size: float, taken: list[Bbox], lines: list[Bbox], area: Bbox) -> bool:
    for distance in DISTANCES:
        for dx, dy, ha, va in AROUND:
            away = point.radius + 2 + distance
            text = axes.annotate(
                point.label, (point.x, point.y), (dx * away, dy * away), textcoords="offset points", ha=ha, va=va,
                fontsize=size, zorder=6,
                arrowprops={"arrowstyle": "-", "lw": 0.4, "color": "#666666", "shrinkA": 0,
                            "shrinkB": 0.5 * point.radius} if distance else None,
            )  # fmt: skip
            text.set_in_layout(False)
            box = text.get_window_extent() if not distance else _text_box(text)
            if area.x0 <= box.x0 and box.x1 <= area.x1 and area.y0 <= box.y0 and box.y1 <= area.y1 and not any(
                box.overlaps(each) for each in (*taken, *lines)
            ):  # fmt: skip
                taken.append(box)
                return True
            text.remove()
    return False


def _text_box(text: object) -> Bbox:
    """The extent of an annotation's text without its line."""
    from matplotlib.text import Annotation, Text

    assert isinstance(text, Annotation)
    text.update_positions(text.get_figure(root=True)._get_renderer())  # type: ignore[union-attr]
    return Text.get_window_extent(text)
