"""`costcalc.explain`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc import models
from costcalc.analysis.quantities import of_a_graph
from costcalc.api.costs import as_cost
from costcalc.conventions import names
from costcalc.report.explain_report import explain_report
from costcalc.report.report import Report


def explain(
    model: Any, layer: str, *, conventions: Sequence[str] = (), verbose: bool = False, **options: Any
) -> Report:
    """The formula of a layer, the numbers in it, and how each tool counts it and why; or a block's layers and sums.

    model        what `costcalc.cost` takes, or a Cost
    layer        name of the layer or block, as in ``table(model, "layer")``, or of its weight or module
    conventions  names of the tools that are shown; by default all of them for a layer, and none for a block
    verbose      True adds the function of each tool's source that its rule mirrors
    options      input, batch, mode and so on, as for `costcalc.cost`

    Raises CostcalcError as `costcalc.cost` does, and for an unknown layer, with the nearest names.
    """
    cost = as_cost(model, of_a_graph(), conventions or names(), options)
    cost.graph.in_numbers("an explanation")
    name = model if isinstance(model, str) else cost.graph.name
    return explain_report(cost, layer, name, models.quantities(of_a_graph(), conventions), verbose)
