"""`costcalc.sweep`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from costcalc import models
from costcalc.analysis.grid import Axis, Grid
from costcalc.analysis.many import in_blocks
from costcalc.analysis.sweep import Sweep, evaluate
from costcalc.analysis.target import NOWHERE, Target
from costcalc.api.free_sizes import Freed, Sizes, freed
from costcalc.openers import is_of_the_zoo
from costcalc.report.sweep_report import SweepReport
from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError
from costcalc.spec.exact import MOST, number
from costcalc.spec.graph import Mode

COLUMNS = ("params", "mult_adds")
"""Keys of the quantities shown by default."""

GRAPHS = 64
"""Most graphs in a block of points, for networks that are built in a millisecond."""


def sweep(
    model: Any,
    input: Any = None,
    *,
    batch: Any = None,
    classes: Any = None,
    width: Any = None,
    args: Mapping[str, Any] | None = None,
    zip: bool = False,
    columns: Sequence[str] = COLUMNS,
    conventions: Sequence[str] = (),
    long: bool = False,
    mode: Mode = "eval",
    causal: models.Causal = "full",
    on: Any = None,
    as_dtype: str | None = None,
    jobs: int = 1,
    dask: str | None = None,
) -> SweepReport:
    """The cost of a model at many sizes and settings, as `costcalc sweep` shows it.

        >>> sweep("googlenet", range(32, 1025, 32), batch=[1, 8]).to_pandas()

    model    what `costcalc.cost` takes
    input    a list or range of numbers: both sides of an image, or a length; or a shape in which any size may be a list
             or range, like ``(3, range(32, 65), 224)``; or a dict of these by name
    batch    a number, or a list or range of them; likewise classes, and width: the family's own multiplier
    args     by name: a value, or a list of values
    zip      True takes one value of each in turn; otherwise all combinations
    long     True makes a row per point and quantity
    columns, conventions, mode, causal, on, as_dtype  as for `costcalc.cost`
    jobs     number of processes
    dask     address of a Dask scheduler, like ``tcp://10.0.0.1:8786``, whose workers compute the blocks

    A point at which the model cannot run has a row without numbers, whose note says why. Raises CostcalcError as
    `costcalc.cost` does, and if the model runs at no point.
    """
    request = models.request_of(model, None, mode=mode)
    found = freed(
        request, _inputs(input), batch=_several("batch", batch), classes=_several("classes", classes),
        width=_several("width", width), args={key: _several(key, value) for key, value in (args or {}).items()},
        is_free=_is_several,
    )  # fmt: skip
    made = sweep_of(found, columns, conventions, causal, Target.of(on, as_dtype), zip)
    report = SweepReport(made, list(in_blocks(made, evaluate, jobs, dask)), long)
    report.picture = partial(_picture, report)
    return report


def _picture(report: SweepReport) -> str:
    """The curves of the first quantity that is not the same everywhere."""
    from costcalc.report.plots.style import WIDTH
    from costcalc.report.plots.sweep import sweep_figure

    points = report.points()
    keys = [quantity.key for quantity in report.sweep.quantities if not quantity.per_axis]
    varying = [key for key in keys if len({point.amounts[key].number for point in points} - {None}) > 1]
    if not keys:
        raise CostcalcError("a figure shows one number per point")
    return sweep_figure(report, WIDTH, (varying or keys)[0]).svg()


def sweep_of(
    found: Freed, columns: Sequence[str] = COLUMNS, conventions: Sequence[str] = (), causal: models.Causal = "full",
    target: Target = NOWHERE, zipped: bool = False,
) -> Sweep:  # fmt: skip
    """The Sweep of a model with free values. Raises CostcalcError if nothing is free, and for invalid values."""
    from dataclasses import replace

    quantities = models.quantities(columns, conventions)
    for quantity in quantities:
        if quantity.needs == "timed":
            raise CostcalcError(f"{quantity.key} is measured, and a sweep runs nothing")
    axes = [Axis(name, _checked(name, values, name in found.sizes)) for name, values in found.values.items()]
    if not axes:
        raise CostcalcError(f"nothing to sweep: give {found.request} a range, like --input 32:1024:32 or --batch 1,8")
    request = replace(found.request, causal=causal)
    of_the_zoo = is_of_the_zoo(request)
    by_array = of_the_zoo and not any(quantity.needs for quantity in quantities)
    cost_of = partial(models.cost_of, columns=tuple(columns), conventions=tuple(conventions), target=target)
    arrays = found.sizes if by_array else frozenset[str]()
    return Sweep(
        request, found.fields, Grid(axes, zipped), arrays, cost_of, tuple(quantities), GRAPHS if of_the_zoo else 1
    )


def _checked(name: str, values: Sequence[Any], is_size: bool) -> Sequence[Any]:
    """The values of an axis. Raises CostcalcError if there are none, and for a size that is not positive."""
    if not len(values):
        raise CostcalcError(f"{name}: expected at least one value")
    if is_size:
        ends = (min(values), max(values)) if isinstance(values, range) else values
        for value in ends:
            arguments.integer(name, value, 1)
            if value > MOST:
                raise CostcalcError(f"{name}={value}: a size must be less than 2^63")
    return values


def _is_several(value: Any) -> bool:
    return isinstance(value, list | range) or hasattr(value, "__array__")


def _several(name: str, value: Any) -> Any:
    """The values of a list, a range or an array; a single value as a list; None as it is."""
    if value is None or isinstance(value, list | range):
        return value
    if hasattr(value, "tolist"):
        listed = number(value).tolist() if hasattr(number(value), "tolist") else [number(value)]
        return listed if isinstance(listed, list) else [listed]
    return [value]


def _inputs(input: Any) -> list[Sizes]:
    if input is None:
        return []
    if isinstance(input, Mapping):
        return [_one(name, value) for name, value in input.items()]
    return [_one("", input)]


def _one(name: str, value: Any) -> Sizes:
    if isinstance(value, tuple):
        return Sizes(name, tuple(_several("input", size) if _is_several(size) else size for size in value), False)
    return Sizes(name, (_several("input", value),), True)
