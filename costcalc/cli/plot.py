"""costcalc plot layers|compare|roofline|sweep|bottleneck"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

import click

from costcalc.analysis.target import Target
from costcalc.cli.bottleneck import layer_options
from costcalc.cli.compare import device_option, timer_of
from costcalc.cli.completion import MODEL, Completed, keys, venues
from costcalc.cli.model_options import RequestOf, cost_of, model_options
from costcalc.cli.options import Choice, file_option, help_option, needs
from costcalc.cli.output import check_file, is_printed, writing
from costcalc.cli.sweep import points_options, shown
from costcalc.cli.table import depth_option
from costcalc.cli.target_options import target_options
from costcalc.report.plots import ENDINGS
from costcalc.spec.errors import CostcalcError

if TYPE_CHECKING:
    from costcalc.analysis.sweep import Sweep
    from costcalc.report.plots.figure import Figure


@click.group("plot", short_help="Figures for a paper: PDF, SVG or PNG, each with its numbers as CSV.")
@help_option
def command() -> None:
    """Draw a figure into FILE, a PDF, SVG or PNG by its ending, and its numbers into a CSV file beside it.

    \b
    costcalc plot layers googlenet -o googlenet.pdf --venue icml
    costcalc plot compare googlenet vgg16 resnet18 resnet50 -o networks.pdf
    costcalc plot roofline resnet50 --on a100 --dtype fp16 -o roofline.pdf
    costcalc plot sweep googlenet --input 32:1024:32 --batch 1,8 -o sizes.svg
    costcalc plot bottleneck 192x28x28 --out 32 --kernel 5 -o bottleneck.png
    """


by_option = click.option("--by", metavar="KEY", type=Completed(keys), default="mult_adds", show_default=True,
                         help="Quantity that is drawn, or a name from 'costcalc conventions'.")  # fmt: skip


def page_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """--venue and --columns: passed to the command as `width`, in inches."""

    @wraps(function)
    def command(*, venue: str | None, columns: str, **rest: Any) -> Any:
        from costcalc.report.plots.style import width_of

        return function(width=width_of(venue, int(columns)), **rest)

    made: Callable[..., Any] = command
    for option in (
        click.option("--columns", type=Choice(["1", "2"]), default="1", show_default=True,
                     help="Columns of the venue's page that a figure is wide."),
        click.option("--venue", metavar="NAME", type=Completed(venues),
                     help="neurips, icml, cvpr or ieee: sets the width of figures  [default: 5.5 inches]"),
    ):  # fmt: skip
        made = option(made)
    return made


def figure_options(function: Callable[..., Callable[[float], Figure]]) -> Callable[..., Any]:
    """--venue, --columns and -o. The command returns what draws a figure of a width, which is written here."""

    @wraps(function)
    def drawn(*, width: float, output: str | None, **rest: Any) -> None:
        file, ending, beside = _files(output)
        with needs("plots"):
            import matplotlib  # noqa: F401  # before the work is done
        figure = function(**rest)(width)
        made = figure.render(ending), figure.render("csv")
        for name, content in zip((file, beside), made, strict=True):
            with writing(name, binary=True) as stream:
                stream.write(content)

    return page_options(file_option(drawn))


def _files(output: str | None) -> tuple[str, str, str]:
    """The file, its ending, and the file of its numbers. Raises CostcalcError if one of them cannot be written."""
    stem, dot = os.path.splitext(output or "")
    ending = dot.removeprefix(".").lower()
    if output is None or is_printed(output) or ending not in ENDINGS:
        raise CostcalcError(f"a figure needs a file that ends in .{', .'.join(ENDINGS[:-1])} or .{ENDINGS[-1]}, like "
                            "-o figure.pdf")  # fmt: skip
    check_file(f"{stem}.csv")
    return output, ending, f"{stem}.csv"


@command.command("layers", short_help="Cost by layer or block, as bars in network order.")
@click.argument("model", type=MODEL)
@by_option
@depth_option
@model_options
@target_options
@figure_options
def _layers(model: str, by: str, depth: int | str, request: RequestOf, target: Target) -> Callable[[float], Figure]:
    """Draw a quantity of MODEL by block or by layer, as bars in the order of the network, in parts by the kind of op.

    Equal neighbouring blocks are one bar. Of more than 40 bars only the first of each block has a name.

    \b
    costcalc plot layers googlenet -o googlenet.pdf --venue icml
    costcalc plot layers resnet50 --by peak_memory --depth layer -o memory.svg
    costcalc plot layers torchvision:swin_t --by fvcore -o swin.png
    """
    from costcalc.report.plots.layers import layers_figure

    cost = cost_of(request(model), [by], (), target)
    return lambda width: layers_figure(cost, depth, width)


@command.command("compare", short_help="Networks against each other.")
@click.argument("models", type=MODEL, nargs=-1, required=True)
@click.option("--x", metavar="KEY", type=Completed(keys), default="params", show_default=True, help="Quantity across.")
@click.option(
    "--y",
    metavar="KEY",
    type=Completed(keys),
    default="mult_adds",
    show_default=True,
    help="Quantity up; time measures it.",
)
@click.option("--bubble", metavar="KEY", type=Completed(keys), default="peak_memory", show_default=True,
              help="Quantity that is the area of a point; none: no bubbles.")  # fmt: skip
@device_option
@model_options
@target_options
@figure_options
def _compare(
    models: tuple[str, ...], x: str, y: str, bubble: str, device: str, request: RequestOf, target: Target
) -> Callable[[float], Figure]:
    """Draw MODELS as points, with a line per family.

    \b
    costcalc plot compare googlenet vgg16 resnet18 resnet50 resnet152 -o networks.pdf
    costcalc plot compare googlenet resnet18 resnet50 --y time --bubble none -o time.pdf
    """
    from costcalc.api.plot import compared, of_costs
    from costcalc.models import is_measured

    keys = compared(x, y, None if bubble == "none" else bubble)
    asked = [request(model) for model in models]
    timer = timer_of(device, target) if is_measured(keys) else None
    costs = [cost_of(each, keys, (), target, None if timer is None else partial(timer, each)) for each in asked]
    return lambda width: of_costs(costs, [each.model for each in asked], width)


@command.command("roofline", short_help="A device's roofline, with every layer on it.")
@click.argument("model", type=MODEL)
@model_options
@target_options
@figure_options
def _roofline(model: str, request: RequestOf, target: Target) -> Callable[[float], Figure]:
    """Draw the roofline of a device, and on it every layer of MODEL; its area is its share of the time.

    \b
    costcalc plot roofline resnet50 --on a100 --dtype fp16 --batch 64 -o roofline.pdf
    """
    from costcalc.report.plots.roofline import roofline_figure
    from costcalc.report.roofline_report import COLUMNS

    if target.on is None:
        raise CostcalcError("a roofline needs a device, like --on a100; all names: costcalc roofline --devices")
    cost = cost_of(request(model), COLUMNS, (), target)
    return lambda width: roofline_figure(cost, width)


@command.command("sweep", short_help="Curves over sizes and settings.")
@by_option
@points_options
@target_options
@figure_options
def _sweep(
    by: str, points: Callable[..., Sweep], jobs: int, dask: str | None, target: Target
) -> Callable[[float], Figure]:
    """Draw a quantity of MODEL over a range of sizes, with a line for each combination of the other values.

    \b
    costcalc plot sweep googlenet --input 32:1024:32 --batch 1,8 -o sizes.pdf
    costcalc plot sweep mobilenet_v1 --input 128:224:32 --width 0.25,0.5,0.75,1 -o widths.pdf --venue cvpr
    """
    from costcalc.analysis.many import in_blocks
    from costcalc.analysis.sweep import evaluate
    from costcalc.cli.sweep import MOST
    from costcalc.report.plots.sweep import sweep_figure
    from costcalc.report.sweep_report import SweepReport

    sweep = points([by], (), target)
    if len(sweep.grid) > MOST:
        raise CostcalcError(f"{len(sweep.grid):,} points are too many for a figure; at most {MOST:,}")
    with closing(in_blocks(sweep, evaluate, jobs, dask)) as blocks:
        report = SweepReport(sweep, list(shown(blocks)))
    return lambda width: sweep_figure(report, width)


@command.command("bottleneck", short_help="A convolution and what may replace it.")
@by_option
@layer_options
@figure_options
def _bottleneck(by: str, layer: dict[str, Any]) -> Callable[[float], Figure]:
    """Draw the cost of a convolution on an input of SIZE (CxHxW) over the width of a reduction before it, and variants.

    \b
    costcalc plot bottleneck 192x28x28 --out 32 --kernel 5 -o bottleneck.pdf
    costcalc plot bottleneck 64x56x56 --out 64 --kernel 3 --reduce 16,32,48 --separable --by params -o params.png
    """
    from costcalc.analysis.bottleneck import bottleneck
    from costcalc.report.plots.bottleneck import bottleneck_figure

    found = bottleneck(**layer)
    return lambda width: bottleneck_figure(found, by, width)
