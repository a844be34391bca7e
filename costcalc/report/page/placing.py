"""Placing: the position of every item and the path of every edge, for a set of open blocks. Integers all the way.

The page does the same arithmetic at every fold, in assets/placing.js; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from costcalc.report.page.edges import End
from costcalc.report.page.layout import Layout, Route
from costcalc.report.page.plan import Plan
from costcalc.report.page.tree import Item

METRICS = {
    "width": 200,  # of a layer or a folded block
    "height": 40,
    "input": 24,  # height of an input of the network
    "port": 26,  # width of a port
    "header": 28,  # of an open block
    "across": 20,  # between columns
    "down": 24,  # between rows
    "near": 14,  # between a row of ports and the next row
    "pad": 16,
    "lane": 9,
}
"""Lengths of the drawing."""

M = METRICS


@dataclass(slots=True)
class Placed:
    """An item, where it lies in its block. `axis`: where its edges enter and leave, from its left side.

    top, bottom  of each row; `lane` is the first lane's place; x, y of its own items, ports included
    """

    width: int
    height: int
    axis: int
    x: int = 0
    y: int = 0
    layout: Layout | None = None
    items: list[Placed] = field(default_factory=list)
    top: list[int] = field(default_factory=list)
    bottom: list[int] = field(default_factory=list)
    lane: int = 0


def placed(plan: Plan, item: Item, opened: Collection[int], root: bool = True) -> Placed:
    """An item with all that is in it. `opened` has the ids of the open items."""
    if not root and (not item.children or id(item) not in opened):
        return Placed(M["width"], M["height"], M["width"] // 2)
    own = plan.layout(item)
    items = [placed(plan, child, opened, False) for child in item.children]
    port = Placed(M["width"], M["input"], M["width"] // 2) if root else Placed(M["port"], 0, M["port"] // 2)
    ports = own.inputs + own.outputs
    items += [Placed(port.width, port.height, port.axis) for _ in range(ports)]
    made = Placed(0, 0, 0, layout=own, items=items)
    _across(made, own)
    _down(made, own, root)
    return made


def _across(made: Placed, own: Layout) -> None:
    """Columns side by side; an item alone in its row lies in the middle, and so the trunk of a network is straight."""
    columns = max(own.columns, default=0) + 1
    left, right = [0] * columns, [0] * columns
    alone_left = alone_right = 0
    for i, item in enumerate(made.items):
        before, after = item.axis, item.width - item.axis
        if own.alone[own.rows[i]]:
            alone_left, alone_right = max(alone_left, before), max(alone_right, after)
        else:
            left[own.columns[i]] = max(left[own.columns[i]], before)
            right[own.columns[i]] = max(right[own.columns[i]], after)
    at, middle = 0, [0] * columns
    for i in range(columns):
        middle[i] = at + left[i]
        at += left[i] + right[i] + (M["across"] if left[i] + right[i] else 0)
    grid = max(0, at - M["across"])
    axis = M["pad"] + max(alone_left, grid // 2)
    for i, item in enumerate(made.items):
        along = axis if own.alone[own.rows[i]] else axis - grid // 2 + middle[own.columns[i]]
        item.x = along - item.axis
    content = axis + max(alone_right, grid - grid // 2)
    made.lane = content + M["lane"]
    made.axis = axis
    made.width = content + (own.lanes * M["lane"] if own.lanes else 0) + M["pad"]


def _down(made: Placed, own: Layout, root: bool) -> None:
    """Rows one below another, each as high as its highest item."""
    rows = max(own.rows, default=0) + 1
    heights = [0] * rows
    for i, item in enumerate(made.items):
        heights[own.rows[i]] = max(heights[own.rows[i]], item.height)
    at = M["pad"] if root else M["header"]
    for row in range(rows):
        made.top.append(at)
        made.bottom.append(at + heights[row])
        at += heights[row] + (M["near"] if row == 0 and own.inputs and not root else M["down"])
    for i, item in enumerate(made.items):
        item.y = made.top[own.rows[i]]
    made.height = made.bottom[-1] + (0 if own.outputs else M["pad"])


def paths(made: Placed) -> list[str]:
    """The edges between the items of an open block, as the data of SVG paths."""
    own = made.layout
    if own is None:
        return []
    longest: dict[End, int] = {}
    for route in own.routes:
        if route.lane >= 0:
            longest[route.start] = max(longest.get(route.start, 0), own.rows[route.end.item])
    return [_path(made, own, route, longest.get(route.start, 0)) for route in own.routes]


def _path(made: Placed, own: Layout, route: Route, longest: int) -> str:
    """Down from the source, along the lane if it has one, and into the target.

    Of the edges in one lane the longest is drawn from the source; the others leave the lane where they turn.
    """
    x, y = _end(made, route.start, out=True)
    to, end = _end(made, route.end, out=False)
    first, last = own.rows[route.start.item], own.rows[route.end.item]
    above, below = made.bottom[last - 1], made.top[last]
    if route.lane < 0:
        return f"M{x} {y}V{above}" + _curve(x, above, to, below) + (f"V{end}" if end != below else "")
    lane = made.lane + route.lane * M["lane"]
    if last < longest:
        return f"M{lane} {above}" + _curve(lane, above, to, below)
    after = made.top[first + 1]
    start = f"M{x} {y}V{made.bottom[first]}" + _curve(x, made.bottom[first], lane, after)
    return start + f"V{above}" + _curve(lane, above, to, below)


def _curve(x: int, y: int, to: int, end: int) -> str:
    middle = (y + end) // 2
    return f"V{end}" if x == to else f"C{x} {middle} {to} {middle} {to} {end}"


def _end(made: Placed, end: End, out: bool) -> tuple[int, int]:
    """Where an edge leaves an item, or enters it: at its axis, or, of an open block, at the port."""
    item = made.items[end.item]
    along = item.axis if item.layout is None else port_of(item, end.port, out)
    return item.x + along, item.y + (item.height if out else 0)


def port_of(item: Placed, port: int, out: bool) -> int:
    """Where a port of an open block lies, from its left side."""
    assert item.layout is not None
    first = len(item.items) - item.layout.outputs - (0 if out else item.layout.inputs)
    found = item.items[first + port]
    return found.x + found.axis
