"""Inspection: the page of a network, and what a notebook shows of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from costcalc.analysis.cost import Cost
from costcalc.analysis.published import PrintedTable
from costcalc.report.notebook import in_a_frame
from costcalc.report.page.data import page_data
from costcalc.report.page.pairs import pairs_data
from costcalc.report.page.plan import Plan
from costcalc.report.page.svg import Drawing
from costcalc.report.page.tree import Item
from costcalc.report.page.write import comparison_html, page_html
from costcalc.spec import arguments

FORMATS = ("html", "svg")


class Side(NamedTuple):
    """One side of the page of two networks, as plain data."""

    data: dict[str, Any]
    tree: Item
    by: str
    version: str


def side_by_side(a: Side, b: Side) -> str:
    """The page of two networks, aligned by layer, coloured as the first one is."""
    return comparison_html(a.data, b.data, pairs_data(a.tree, b.tree), a.by, a.version)


class Inspection:
    """A network and its costs as one HTML page, which needs no network and no server. In a notebook it shows itself.

    cost     of all quantities
    twin     the same cost with symbols as sizes of its input; otherwise why its size cannot be changed
    printed  what papers print of it
    by       key of the quantity that colours the graph
    version  of costcalc
    """

    def __init__(self, cost: Cost, twin: Cost | str, printed: Sequence[PrintedTable], by: str, version: str) -> None:
        self.cost, self.twin, self.printed, self.by, self.version = cost, twin, printed, by, version

    @cached_property
    def data(self) -> dict[str, Any]:
        """All that the page knows."""
        return page_data(self.cost, self.twin, self.printed)

    def render(self, format: str = "html") -> str:
        """The page, or with the format "svg" its graph as it is at first.

        Raises SpecError for another format.
        """
        if arguments.one_of("format", format, FORMATS) == "svg":
            return Drawing(self.cost, self.by).file()
        return page_html(self.data, self.by, self.version)

    @property
    def side(self) -> Side:
        """One side of the page of two."""
        return Side(self.data, Plan(self.cost.graph).tree, self.by, self.version)

    def beside(self, other: Inspection) -> str:
        """The page of this network and another, side by side."""
        return side_by_side(self.side, other.side)

    def __repr__(self) -> str:
        return f"Inspection({self.cost.graph.name})"

    def _repr_html_(self) -> str:
        return in_a_frame(self.render(), height=720)
