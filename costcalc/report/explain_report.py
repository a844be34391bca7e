"""The report of `costcalc explain`: one layer, or one block."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.analysis.cost import Cost
from costcalc.analysis.named import is_layer, named
from costcalc.analysis.quantity import Quantity
from costcalc.report.block_table import block_data, block_table
from costcalc.report.explain_table import explain_data, explain_table
from costcalc.report.report import Report


def explain_report(cost: Cost, name: str, model: str, tools: Sequence[Quantity], verbose: bool = False) -> Report:
    """The layer or block of that name in a cost of all quantities and tools.

    model    what an error calls the network
    tools    the quantities of a block: for a layer all of the cost are shown
    verbose  True adds the function of each tool's source that its rule mirrors

    Raises CostcalcError for an unknown name, with the nearest ones.
    """
    row = named(cost, name, model)
    if is_layer(row):
        return Report(lambda _: [explain_table(cost, row, verbose)], lambda: explain_data(cost, row))
    few = cost.showing(tools)  # every tool for every layer is too much
    block = named(few, name, model)
    return Report(lambda _: [block_table(few, block)], lambda: block_data(few, block))
