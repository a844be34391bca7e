"""The report of one Cost: `costcalc table`."""

from __future__ import annotations

from functools import partial

from costcalc.analysis.breakdown import Breakdown
from costcalc.analysis.cost import Cost
from costcalc.analysis.depth import telling_depth
from costcalc.analysis.published import published
from costcalc.report.cost_table import cost_data, cost_table
from costcalc.report.report import Report
from costcalc.report.rows import USUAL, View, arranged, breakdown_of
from costcalc.report.style import PLAIN, Style
from costcalc.report.table import Table

MANY = 30
"""Number of blocks from which those without a cost become one row, if the depth is "auto"."""


def cost_report(cost: Cost, view: View = USUAL, style: Style = PLAIN, network: str = "") -> Report:
    """The rows of a cost in a view; beside them the cells of the paper that prints a table of this zoo network.

    Raises CostcalcError if the rows are to be sorted by a quantity that the cost does not have.
    """
    paper = published(network)
    depth = view.depth
    if depth == "auto":
        depth = 1 if paper and paper.beside(cost.by_block(1).rows) else telling_depth(cost)
    breakdown = breakdown_of(cost, depth)
    if depth == 1 and len(breakdown.rows) <= MANY:
        view = view._replace(depth=1)  # the usual blocks, each of them
    printed = paper.beside(breakdown.rows) if paper else {}

    view = view._replace(unfold=view.unfold or bool(printed))

    data = arranged(breakdown, view, together=False)

    def tables(format: str) -> list[Table]:
        own = style._replace(format=format)
        rows = data if own.is_data else arranged(breakdown, view, together=True)
        return [cost_table(cost, rows, breakdown.by, printed, paper.source if paper else "", own, view.share)]

    return Report(tables, lambda: cost_data(cost, data, view.share))


def breakdown_report(breakdown: Breakdown, share: bool = False) -> Report:
    """The rows of a breakdown, as they are."""
    cost, rows = breakdown.cost, breakdown.rows
    tables = partial(cost_table, cost, rows, breakdown.by, {}, share=share)
    return Report(lambda format: [tables(style=Style(format))], lambda: cost_data(cost, rows, share))
