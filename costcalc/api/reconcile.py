"""`costcalc.reconcile`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.analysis.quantities import BASIC
from costcalc.api.costs import as_cost
from costcalc.conventions import counting
from costcalc.report.reconcile_table import reconcile_report
from costcalc.report.report import Report


def reconcile(model: Any, *, conventions: Sequence[str] = (), **options: Any) -> Report:
    """Each counting tool's total for a model, predicted, and the ledger from mult-adds to it, op by op.

    model        what `costcalc.cost` takes, or a Cost
    conventions  names of the tools; by default all that count operations
    options      input, batch, mode and so on, as for `costcalc.cost`

    Raises CostcalcError as `costcalc.cost` does.
    """
    return reconcile_report(as_cost(model, BASIC, conventions or counting(), options))
