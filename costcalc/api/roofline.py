"""`costcalc.roofline`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costcalc.api.costs import as_cost
from costcalc.report.report import Report
from costcalc.report.roofline_report import COLUMNS, roofline_report

if TYPE_CHECKING:
    from costcalc.analysis.device import Device


def roofline(model: Any, on: str | Device, *, dtype: str | None = None, **options: Any) -> Report:
    """What limits each layer of a model on a device, its peak rate or its memory bandwidth, and the least seconds.

        >>> roofline("resnet50", "a100", dtype="fp16", batch=64)

    model    what `costcalc.cost` takes, or a Cost
    on       name of a device, like "a100", or a file that `costcalc calibrate` wrote
    dtype    of all floating-point tensors, like "float16" or "fp16", or "tf32"; by default each has its own, or float32
    options  input, batch, mode and so on, as for `costcalc.cost`

    Raises CostcalcError as `costcalc.cost` does, for an unknown device, and for a dtype that it has no rate for.
    """
    return roofline_report(as_cost(model, COLUMNS, (), {**options, "on": on, "as_dtype": dtype}))
