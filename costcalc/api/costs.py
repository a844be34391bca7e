"""`costcalc.cost`: a Cost that shows itself as the tables of `costcalc table`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from costcalc import models
from costcalc.analysis import breakdown as rows
from costcalc.analysis import cost as costs
from costcalc.analysis.quantities import BASIC
from costcalc.analysis.target import Target
from costcalc.report.cost_report import breakdown_report, cost_report
from costcalc.report.rows import View
from costcalc.spec.errors import CostcalcError, NeedsInput
from costcalc.spec.graph import Graph, Mode
from costcalc.spec.request import Request


class Breakdown(rows.Breakdown):
    """Rows of a Cost that aggregate to its total. It shows itself as a table."""

    def __repr__(self) -> str:
        return repr(breakdown_report(self))

    def _repr_html_(self) -> str:
        return breakdown_report(self, share=True)._repr_html_()


class Cost(costs.Cost):
    """Costs of a Graph in one mode: see `costcalc.analysis.cost.Cost`.

    In a notebook it shows itself as a table and a drawing.
    """

    breakdown = Breakdown

    def _repr_html_(self) -> str:
        from costcalc.report.page.svg import drawn

        report = cost_report(self, View(share=True))
        report.picture = partial(drawn, self)
        return report._repr_html_()


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
    on: Any = None,
    as_dtype: str | None = None,
) -> Cost:
    """The cost of a model: params, mult-adds and activations, by layer, block and op.

        >>> cost("googlenet").by_block().to_pandas()

    Arguments as for `costcalc.graph`; `mode` "train" also runs auxiliary heads; `conventions` names counting
    tools whose counts are added to the rows; `columns` names the quantities of the rows, in order.
    `on` names the device that `bound` is for, or a file of one; `as_dtype` is the dtype of all floating-point tensors,
    like "float16" or "fp16", otherwise each has its own.
    `causal` "half" counts of causal attention only the products that its mask keeps: see `analysis.causal.kept`.
    Of a torch module, or the name of one (``file.py:Net``), without an input, the cost is its params alone.
    Raises CostcalcError as `graph` does, and for an unknown convention or quantity.
    """
    request = replace(models.request_of(model, input, batch, classes, mode, args, dtype, cache, values), causal=causal)
    return _cost(request, Target.of(on, as_dtype), columns, conventions)


Timer = Callable[[Request, Graph], float]
"""Runs a model, and returns the seconds of a pass."""


def _cost(
    request: Request, target: Target, columns: Sequence[str], conventions: Sequence[str], timer: Timer | None = None
) -> Cost:
    timed = None if timer is None else partial(timer, request)
    try:
        found = models.cost_of(request, columns, conventions, target, timed)
    except NeedsInput:
        if request.batch != 1 or request.dtype is not None:
            raise
        found = models.params_of(request, columns, conventions, target)
    return Cost(found.graph, found.mode, found.quantities, target.dtype, target.on, found.run.timed)


def as_cost(
    model: Any, columns: Sequence[str], conventions: Sequence[str], options: Mapping[str, Any],
    timer: Timer | None = None,
) -> costs.Cost:  # fmt: skip
    """The Cost of a model, or the same Cost with these columns. `timer` is for the column `time`.

    Raises CostcalcError for options of a Cost, which has its own already.
    """
    options = dict(options)
    target = Target.of(options.pop("on", None), options.pop("as_dtype", None))
    if not isinstance(model, costs.Cost):
        causal = options.pop("causal", "full")
        return _cost(replace(models.request_of(model, **options), causal=causal), target, columns, conventions, timer)
    if options:
        raise CostcalcError(f"{', '.join(options)}: a Cost has its own; give these to costcalc.cost(...)")
    timed = None if timer is None else partial(timer, Request(model.graph, mode=model.mode), model.graph)
    return model.showing(models.quantities(columns, conventions), target.dtype, target.on, timed)
