"""Plan: the tree of a network with the layout of each block. Equal layouts are one."""

from __future__ import annotations

from typing import Any

from costcalc.report.page.amounts import Table
from costcalc.report.page.edges import Ports, edges_of, inside
from costcalc.report.page.layout import Layout, layout
from costcalc.report.page.tree import Item, tree_of
from costcalc.spec.graph import Graph


class Plan:
    """The items of a network, where they lie in their blocks, and how edges run between them.

    layouts  as data: see `layout_data`
    """

    def __init__(self, graph: Graph) -> None:
        self.graph, self.tree, self.layouts = graph, tree_of(graph), Table()
        self._layout_of: dict[int, Layout] = {}
        self._lay(self.tree, Ports(self.tree, edges_of(graph)), len(graph.inputs))

    def layout(self, item: Item) -> Layout:
        """The layout of a block."""
        return self._layout_of[id(item)]

    def _lay(self, item: Item, ports: Ports, inputs: int = 0) -> None:
        own = [Ports(child, ports.within) if child.children else None for child in item.children]
        self._layout_of[id(item)] = layout(inside(ports, own, inputs))
        for child, its in zip(item.children, own, strict=True):
            if its is not None:
                self._lay(child, its)

    def tree_data(self) -> Any:
        """The tree as nested lists: label, number of layers, times, layout, children; of a layer its label."""
        return self._item_data(self.tree)

    def _item_data(self, item: Item) -> Any:
        if not item.children and item is not self.tree:
            return item.label
        number = self.layouts.add(layout_data(self.layout(item)))
        return [item.label, item.times, number, [*map(self._item_data, item.children)]]


def layout_data(layout: Layout) -> list[Any]:
    """A layout as lists: inputs, outputs, rows, columns, rows with an item alone, lanes, and the routes in one list."""
    alone = [row for row, alone in enumerate(layout.alone) if alone]
    routes = [each for start, end, lane in layout.routes for each in (*start, *end, lane)]
    return [layout.inputs, layout.outputs, layout.rows, layout.columns, alone, layout.lanes, routes]
