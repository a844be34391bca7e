"""The graph as a static SVG file: the same drawing as the page's, made by assets/graph.js."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from html import escape, unescape
from typing import Any

from costcalc.analysis.cost import Cost
from costcalc.report.page.layers import about
from costcalc.report.page.opened import items_of, opened
from costcalc.report.page.placing import METRICS, Placed, paths, placed, port_of
from costcalc.report.page.plan import Plan
from costcalc.report.page.shown import fitted, heat, percentage, share, short_amount, width_of
from costcalc.report.page.tree import Item
from costcalc.report.page.write import asset
from costcalc.spec.printable import visible
from costcalc.spec.shapes import Shape, text

M = METRICS


class Drawing:
    """The graph of a cost, coloured by a quantity. `opened` has the numbers of the open items."""

    def __init__(self, cost: Cost, by: str, open_items: Collection[int] | None = None) -> None:
        self.cost, self.quantity, self.plan = cost, cost.quantity(by), Plan(cost.graph)
        numbers = opened(self.plan.tree) if open_items is None else open_items
        self.items = [*items_of(self.plan.tree)]
        self.open = {id(self.items[i]) for i in numbers}
        self.whole = cost[by]

    def file(self) -> str:
        """The text of the file."""
        made = placed(self.plan, self.plan.tree, self.open)
        size = f'viewBox="0 0 {made.width} {made.height}" width="{made.width}" height="{made.height}"'
        colours = re.findall(r"--[\w-]+: [^;]+;", asset("page.css").partition("@media")[0])
        style = f"svg {{ {' '.join(colours)} background: var(--back); }}\n{asset('drawing.css')}"
        name = escape(visible(self.cost.graph.name))
        title = f"<title>{name}: {escape(self.quantity.heading)}</title>"
        body = "\n".join(self._block(self.plan.tree, made, 0, 0))
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{title}<style>{style}</style>\n{body}\n</svg>\n'

    def _block(self, item: Item, made: Placed, x: int, y: int) -> Iterator[str]:
        own = self.plan.layout(item)
        first_output = len(made.items) - own.outputs
        ports = [] if item is self.plan.tree else made.items[first_output - own.inputs : first_output]
        lines = [*paths(made), *(f"M{port.x + port.axis} 0V{port.y}" for port in ports)]
        path = _tag("path", **{"class": "edge", "d": "".join(lines)})
        yield _tag("g", path, **{"class": "edges", "transform": f"translate({x} {y})"})
        for i, each in enumerate(made.items):
            if i < len(item.children):
                yield self._box(item.children[i], each, x + each.x, y + each.y)
                if each.layout is not None:
                    yield from self._block(item.children[i], each, x + each.x, y + each.y)
            elif item is self.plan.tree:
                yield self._input(i - len(item.children), x + each.x, y + each.y)
        for i in dict.fromkeys(route.start.item for route in own.routes if route.end.item < first_output):
            shapes = self._output(item.children[i]) if i < len(item.children) else ()
            if shapes:
                each = made.items[i]
                along = each.x + (port_of(each, 0, out=True) if each.layout is not None else each.axis)
                at = {"x": x + along + 7, "y": y + each.y + each.height + 15}
                yield _tag("text", escape(_shape(shapes[0])), **{"class": "shape"}, **at)

    def _input(self, number: int, x: int, y: int) -> str:
        t = self.cost.graph.inputs[number]
        said = f"{t.name} {_shape(t.shape)}{f' {t.dtype}' if t.dtype else ''}"
        box = _tag("rect", width=M["width"], height=M["input"], rx=M["input"] // 2)
        at: dict[str, Any] = {"x": M["width"] // 2, "y": 16, "text-anchor": "middle"}
        label = _tag("text", escape(fitted(visible(said), M["width"] - 16, 12)), **at)
        return _tag("g", box + label, **{"class": "input", "transform": f"translate({x} {y})"})

    def _output(self, item: Item) -> tuple[Shape, ...]:
        return self.cost.graph.nodes[item.end - 1].facts.outputs

    def _box(self, item: Item, made: Placed, x: int, y: int) -> str:
        amount = self.quantity.amount(self.cost.graph.nodes[item.first : item.end], self.cost.amounts)
        part, said = share(amount, self.whole), short_amount(amount, self.quantity.unit)
        per = escape(percentage(part)) if part and self.quantity.adds else ""
        if made.layout is not None:
            kind = "open"
            amounts = said + (f"  {unescape(per)}" if per else "")
            name = escape(fitted(visible(label_of(item)), made.width - 46 - width_of(amounts, 13), 13))
            end = {"class": "share", "x": made.width - 12, "y": 17, "text-anchor": "end"}
            inside = (
                _tag("rect", **{"class": "frame", "rx": 9, "width": made.width, "height": made.height})
                + _tag("path", **{"class": "sign", "d": "M12 10h8l-4 5z"})
                + _tag("text", name, **{"class": "name", "x": 26, "y": M["header"] - 9})
                + _tag("text", escape(amounts), **end)
            )
        else:
            kind = "block" if item.children else "layer"
            inside = self._folded(item, "" if amount.number == 0 else said, per)
        classes = f"item {kind} {heat(self.quantity, amount, self.whole)}"
        return _tag("g", inside, **{"class": classes, "transform": f"translate({x} {y})"})

    def _folded(self, item: Item, said: str, per: str) -> str:
        size = {"width": M["width"], "height": M["height"]}
        left, right = 20 if item.children else 11, M["width"] - 10
        room = right - left - 4
        name = escape(fitted(visible(label_of(item)), room - width_of(unescape(per), 13), 13))
        what = escape(fitted(visible(about_item(item, self.cost)), room - width_of(said, 12), 12))
        return "".join([
            _tag("rect", **{"class": "behind", "x": 4, "y": 4, **size, "rx": 7}) if item.times > 1 else "",
            _tag("rect", **{"class": "frame", **size, "rx": 7}),
            _tag("path", **{"class": "sign", "d": "M10 12v8l5-4z"}) if item.children else "",
            _tag("text", name, **{"class": "name", "x": left, "y": 17}),
            _tag("text", what, **{"class": "about", "x": left, "y": 33}),
            _tag("text", per, **{"class": "share", "x": right, "y": 17, "text-anchor": "end"}),
            _tag("text", said, **{"class": "value", "x": right, "y": 33, "text-anchor": "end"}),
        ])  # fmt: skip


def drawn(cost: Cost) -> str:
    """The file of a cost, coloured by mult-adds; of a network without any, by params.

    Raises CostcalcError if its sizes are not numbers.
    """
    amounts = {key: cost[key].number_or_0 for key in ("mult_adds", "params")}
    cost.graph.in_numbers("a drawing")
    return Drawing(cost, "mult_adds" if amounts["mult_adds"] else "params").file()


def label_of(item: Item) -> str:
    """The label of an item in the drawing: ``1-5 ×5``."""
    return f"{item.label} ×{item.times}" if item.times > 1 else item.label


def about_item(item: Item, cost: Cost) -> str:
    """What a box says below its label: the op of a layer, the number of layers of a block."""
    if not item.children:
        return about(cost.graph.nodes[item.first])
    layers = item.end - item.first
    return f"{item.times} × {layers // item.times} layers" if item.times > 1 else f"{layers} layers"


def _shape(shape: Shape) -> str:
    return text(shape).replace("x", "×") or "1"


def _tag(name: str, inside: str = "", /, **attributes: Any) -> str:
    said = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{name}{said}>{inside}</{name}>"
