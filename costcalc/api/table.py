"""`costcalc.table`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.api.costs import as_cost
from costcalc.report.cost_report import cost_report
from costcalc.report.cost_table import COLUMNS
from costcalc.report.report import Report
from costcalc.report.rows import View


def table(
    model: Any,
    depth: int | str = "auto",
    *,
    share: bool = False,
    sort: str | None = None,
    top: int | None = None,
    unfold: bool = False,
    columns: Sequence[str] = COLUMNS,
    conventions: Sequence[str] = (),
    **options: Any,
) -> Report:
    """Params and mult-adds of a model by block, layer or op, as `costcalc table` shows them.

    model    what `costcalc.cost` takes, or a Cost
    depth    of the blocks; "layer" or "op"; "auto" for the depth that shows where the cost lies
    share    True adds each row's percentage of the totals
    sort     key of the column by which the rows are sorted, the largest first
    top      number of rows, the largest ones; the rest becomes one
    unfold   True shows equal neighbouring blocks each
    options  input, batch, mode and so on, as for `costcalc.cost`

    Raises CostcalcError as `costcalc.cost` does, and for an unknown depth or sort.
    """
    view = View.checked(depth, share, sort, top, unfold)
    network = model if isinstance(model, str) and not options.get("args") else ""
    return cost_report(as_cost(model, columns, conventions, options), view, network=network)
