"""`costcalc.compare`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from costcalc.analysis.cost import Cost
from costcalc.analysis.target import Target
from costcalc.api.costs import as_cost
from costcalc.models import is_measured
from costcalc.report.compare_report import COLUMNS, compare_report
from costcalc.report.report import Report
from costcalc.spec.errors import CostcalcError


def compare(
    *models: Any,
    ratios: bool | None = None,
    columns: Sequence[str] = COLUMNS,
    conventions: Sequence[str] = (),
    device: str = "auto",
    **options: Any,
) -> Report:
    """Models side by side, with ratios to the first.

        >>> compare("googlenet", costcalc.cost("resnet50", input=(3, 320, 320)))

    models   each what `costcalc.cost` takes, or a Cost, which has its own input and mode
    device   "cpu" or "cuda", where the column `time` runs; "auto" is CUDA if there is a GPU, otherwise the CPU
    ratios   False leaves the ratios out; by default LaTeX alone has none
    options  input, batch, mode and so on, as for `costcalc.cost`, for the models that are not a Cost

    Raises CostcalcError as `costcalc.cost` does, and for fewer than two models.
    """
    if len(models) < 2:
        raise CostcalcError("compare needs two models or more, like: costcalc.compare('googlenet', 'vgg16')")
    timed = None
    if is_measured(columns):
        from costcalc.measure.timing import timer

        timed = timer(device, Target.of(None, options.get("as_dtype")).run_in)
    target: dict[str, Any] = {key: options[key] for key in ("on", "as_dtype") if key in options}
    costs = [
        as_cost(each, columns, conventions, target if isinstance(each, Cost) else options, timed) for each in models
    ]
    report = compare_report(costs, ratios, keys=columns)
    report.picture = partial(_picture, costs, models)
    return report


def _picture(costs: Sequence[Cost], models: Sequence[Any]) -> str:
    """The figure of the first quantities that are numbers: across, up, and as the area of a bubble."""
    from costcalc.api.plot import of_costs
    from costcalc.report.plots.style import WIDTH

    first = [quantity for quantity in costs[0].quantities if not quantity.per_axis][:3]
    if len(first) < 2:
        raise CostcalcError("a figure needs two quantities")
    return of_costs([cost.showing(first) for cost in costs], models, WIDTH).svg()
