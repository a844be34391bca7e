"""`costcalc.cost`: a Cost that shows itself as the tables of `costcalc table`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from costcalc import models
from costcalc.analysis import breakdown as rows
from costcalc.analysis import cost as costs
from costcalc.analysis.quantities import BASIC
from costcalc.report.cost_report import breakdown_report, cost_report
from costcalc.report.rows import View
from costcalc.spec.errors import CostcalcError, NeedsInput
from costcalc.spec.graph import Mode


class Breakdown(rows.Breakdown):
    """Rows of a Cost that aggregate to its total. It shows itself as a table."""

    def __repr__(self) -> str:
        return repr(breakdown_report(self))

    def _repr_html_(self) -> str:
        return breakdown_report(self, share=True)._repr_html_()


class Cost(costs.Cost):
    """Costs of a Graph in one mode: see `costcalc.analysis.cost.Cost`. In a notebook it shows itself as a table."""

    breakdown = Breakdown

    def _repr_html_(self) -> str:
        return cost_report(self, View(share=True))._repr_html_()


def cost(
    model: Any,
    input: Any = None,
    batch: Any = 1,
    classes: int | None = None,
    mode: Mode = "eval",
    conventions: Sequence[str] = (),
    args: Mapping[str, Any] | None = None,
    dtype: Any = None,
    cache: int | None = None,
    columns: Sequence[str] = BASIC,
    values: Mapping[str, Any] | None = None,
    causal: models.Causal = "full",
) -> Cost:
    """The cost of a model: params, mult-adds and activations, by layer, block and op.

        >>> cost("googlenet").by_block().to_pandas()

    Arguments as for `costcalc.graph`; `mode` "train" also runs auxiliary heads; `conventions` names counting
    tools whose counts are added to the rows; `columns` names the quantities of the rows, in order.
    `causal` "half" counts of causal attention only the products that its mask keeps: see `analysis.causal.kept`.
    Of a torch module, or the name of one (``file.py:Net``), without an input, the cost is its params alone.
    Raises CostcalcError as `graph` does, and for an unknown convention or quantity.
    """
    request = replace(models.request_of(model, input, batch, classes, mode, args, dtype, cache, values), causal=causal)
    try:
        found = models.cost_of(request, columns, conventions)
    except NeedsInput:
        if request.batch != 1 or request.dtype is not None:
            raise
        found = models.params_of(request, columns, conventions)
    return Cost(found.graph, found.mode, found.quantities)


def as_cost(model: Any, columns: Sequence[str], conventions: Sequence[str], options: Mapping[str, Any]) -> costs.Cost:
    """The Cost of a model, or the same Cost with these columns.

    Raises CostcalcError for options of a Cost, which has its own already.
    """
    if not isinstance(model, costs.Cost):
        return cost(model, columns=columns, conventions=conventions, **options)
    if options:
        raise CostcalcError(f"{', '.join(options)}: a Cost has its own; give these to costcalc.cost(...)")
    return Cost(model.graph, model.mode, models.quantities(columns, conventions))
