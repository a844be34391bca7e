"""`costcalc.plot_layers`, `plot_compare`, `plot_roofline`, `plot_sweep` and `plot_bottleneck`: figures of costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from costcalc import zoo
from costcalc.analysis.bottleneck import bottleneck
from costcalc.analysis.cost import Cost
from costcalc.analysis.target import Target
from costcalc.api.costs import as_cost
from costcalc.models import is_measured
from costcalc.report.plots.bottleneck import bottleneck_figure
from costcalc.report.plots.compare import compare_figure, family
from costcalc.report.plots.figure import Figure
from costcalc.report.plots.layers import layers_figure
from costcalc.report.plots.roofline import roofline_figure
from costcalc.report.plots.style import width_of
from costcalc.report.roofline_report import COLUMNS
from costcalc.report.rows import View
from costcalc.spec.errors import CostcalcError
from costcalc.spec.shapes import Shape

if TYPE_CHECKING:
    from costcalc.analysis.device import Device

BUBBLE = "peak_memory"
"""Key of the quantity that is a bubble's area by default."""


def plot_layers(
    model: Any, by: str = "mult_adds", depth: int | str = "auto", *, venue: str | None = None, columns: int = 1,
    **options: Any,
) -> Figure:  # fmt: skip
    """The cost of a model by layer or block, as bars in the order of the network.

        >>> open("googlenet.pdf", "wb").write(plot_layers("googlenet", venue="icml").render("pdf"))

    model    what `costcalc.cost` takes, or a Cost
    by       key of the quantity, or the name of a tool
    depth    of the blocks; "layer" or "op"; "auto" for the depth that shows where the cost lies
    venue    neurips, icml, cvpr or ieee, whose page sets the width, over one or two columns
    options  input, batch, mode and so on, as for `costcalc.cost`

    Raises CostcalcError as `costcalc.cost` does, and for a width that the venue does not have.
    """
    width = width_of(venue, columns)
    checked = View.checked(depth, False, None, None, False).depth
    return layers_figure(as_cost(model, [by], (), options), checked, width)


def plot_compare(
    *models: Any, x: str = "params", y: str = "mult_adds", bubble: str | None = BUBBLE, device: str = "auto",
    venue: str | None = None, columns: int = 1, **options: Any,
) -> Figure:  # fmt: skip
    """Models against each other: a point each, and a line per family.

        >>> plot_compare("googlenet", "resnet18", "resnet50", y="predicted", on="mine.json").render("pdf")

    models   each what `costcalc.cost` takes, or a Cost
    x, y     keys of the quantities across and up, or names of tools
    bubble   key of the quantity that is the area of a point; None: none
    device   "cpu" or "cuda", where the quantity `time` is measured; "auto" is CUDA if there is a GPU, otherwise the CPU
    venue, columns, options  as for `plot_layers`

    Raises CostcalcError as `costcalc.cost` does, and for fewer than two models.
    """
    width = width_of(venue, columns)
    keys = compared(x, y, bubble)
    timed = None
    if is_measured(keys):
        from costcalc.measure.timing import timer

        timed = timer(device, Target.of(None, options.get("as_dtype")).dtype or "float32")
    target: dict[str, Any] = {key: options[key] for key in ("on", "as_dtype") if key in options}
    costs = [as_cost(each, keys, (), target if isinstance(each, Cost) else options, timed) for each in models]
    return of_costs(costs, models, width)


def compared(x: str, y: str, bubble: str | None) -> list[str]:
    """The keys of the quantities of `plot_compare`. Raises CostcalcError for one that is given twice."""
    keys = [x, y, *([bubble] if bubble is not None else [])]
    if len(set(keys)) < len(keys):
        raise CostcalcError(f"x, y and bubble: expected different quantities, not {', '.join(keys)}")
    return keys


def of_costs(costs: Sequence[Cost], models: Sequence[Any], width: float) -> Figure:
    """The figure of `plot_compare`. Raises CostcalcError for fewer than two costs."""
    if len(costs) < 2:
        raise CostcalcError("a comparison needs two models or more, like googlenet vgg16")
    zoos = {network.name: network.family for network in zoo.all_networks()}
    names = [model if isinstance(model, str) else cost.graph.name for model, cost in zip(models, costs, strict=True)]
    return compare_figure(costs, [zoos.get(name) or family(name) for name in names], width)


def plot_roofline(
    model: Any, on: str | Device, *, dtype: str | None = None, venue: str | None = None, columns: int = 1,
    **options: Any,
) -> Figure:  # fmt: skip
    """The roofline of a device with every layer of a model on it: arguments as for `costcalc.roofline`.

        >>> plot_roofline("resnet50", "a100", dtype="fp16", batch=64).render("pdf")

    venue, columns  as for `plot_layers`
    """
    width = width_of(venue, columns)
    return roofline_figure(as_cost(model, COLUMNS, (), {**options, "on": on, "as_dtype": dtype}), width)


def plot_sweep(
    model: Any, input: Any = None, *, by: str = "mult_adds", venue: str | None = None, columns: int = 1, **options: Any
) -> Figure:
    """The curves of a sweep: arguments as for `costcalc.sweep`, of one quantity.

        >>> plot_sweep("googlenet", range(32, 1025, 32), batch=[1, 8]).render("pdf")

    by              key of the quantity, or the name of a tool
    venue, columns  as for `plot_layers`
    """
    from costcalc.api.sweep import sweep
    from costcalc.report.plots.sweep import sweep_figure

    width = width_of(venue, columns)
    return sweep_figure(sweep(model, input, columns=[by], **options), width)


def plot_bottleneck(
    x: Shape, out: int, kernel: int, reduce: int | Sequence[int] | None = None, *, by: str = "mult_adds",
    venue: str | None = None, columns: int = 1, **options: Any,
) -> Figure:  # fmt: skip
    """The cost of a convolution and of what may replace it: arguments as for `costcalc.bottleneck`.

        >>> plot_bottleneck((192, 28, 28), 32, 5, range(8, 161, 8)).render("pdf")

    by              "mult_adds" or "params"
    venue, columns  as for `plot_layers`
    """
    return bottleneck_figure(bottleneck(x, out, kernel, reduce, **options), by, width_of(venue, columns))
