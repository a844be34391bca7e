"""`costcalc.reconcile`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.analysis.quantities import BASIC, find
from costcalc.api.costs import as_cost
from costcalc.conventions import counting
from costcalc.report.reconcile_table import reconcile_report
from costcalc.report.report import Report
from costcalc.spec.errors import CostcalcError


def reconcile(model: Any, *, conventions: Sequence[str] = (), **options: Any) -> Report:
    """Each counting tool's total for a model, predicted, and the ledger from mult-adds to it, op by op.

    model        what `costcalc.cost` takes, or a Cost
    conventions  names of the tools; by default all that count operations
    options      input, batch, mode and so on, as for `costcalc.cost`

    Raises CostcalcError as `costcalc.cost` does, and for causal="half": tools count all products.
    """
    cost = as_cost(model, BASIC, conventions or counting(), options)
    if cost.quantity("mult_adds") is not find("mult_adds"):
        raise CostcalcError("causal='half' is for table, compare and explain: tools count all products")
    cost.graph.in_numbers("a ledger")
    return reconcile_report(cost)
