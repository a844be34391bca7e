"""Inspection: the page of a network, and what a notebook shows of it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from costcalc.analysis.cost import Cost
from costcalc.report.notebook import in_a_frame
from costcalc.report.page.data import page_data
from costcalc.report.page.pairs import pairs_data
from costcalc.report.page.plan import Plan
from costcalc.report.page.svg import Drawing
from costcalc.report.page.write import comparison_html, page_html
from costcalc.spec import arguments

FORMATS = ("html", "svg")


class Inspection:
    """A network and its costs as one HTML page, which needs no network and no server. In a notebook it shows itself.

    cost     of all quantities
    twin     the same cost with symbols as sizes of its input; otherwise why its size cannot be changed
    network  its name in the zoo; empty for another model
    by       key of the quantity that colours the graph
    version  of costcalc
    """

    def __init__(self, cost: Cost, twin: Cost | str, network: str, by: str, version: str) -> None:
        self.cost, self.twin, self.network, self.by, self.version = cost, twin, network, by, version

    @cached_property
    def data(self) -> dict[str, Any]:
        """All that the page knows."""
        return page_data(self.cost, self.twin, self.network)

    def render(self, format: str = "html") -> str:
        """The page, or with the format "svg" its graph as it is at first.

        Raises SpecError for another format.
        """
        if arguments.one_of("format", format, FORMATS) == "svg":
            return Drawing(self.cost, self.by).file()
        return page_html(self.data, self.by, self.version)

    def beside(self, other: Inspection) -> str:
        """The page of this network and another, side by side."""
        pairs = pairs_data(*(Plan(each.cost.graph).tree for each in (self, other)))
        return comparison_html(self.data, other.data, pairs, self.by, self.version)

    def __repr__(self) -> str:
        return f"Inspection({self.cost.graph.name})"

    def _repr_html_(self) -> str:
        return in_a_frame(self.render(), height=720)
