"""A Graph in a notebook."""

from __future__ import annotations

from functools import partial

from costcalc.analysis.cost import Cost
from costcalc.report.compare_report import compare_report
from costcalc.report.notebook import report_html
from costcalc.report.page.svg import drawn
from costcalc.spec.graph import Graph


def graph_html(graph: Graph) -> str:
    """The totals of a graph, and its drawing."""
    cost = Cost(graph)
    report = compare_report([cost], ratios=False)
    report.picture = partial(drawn, cost)
    return report_html(report)
