"""costcalc compare MODEL MODEL..."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import click

from costcalc.analysis.target import Target
from costcalc.cli.column_options import ColumnOptions, column_options
from costcalc.cli.completion import MODEL
from costcalc.cli.model_options import RequestOf, cost_of, exit_code, model_options, prints_aside, strict_option
from costcalc.cli.options import Choice, F, convention_option, needs, output_options
from costcalc.cli.output import emit
from costcalc.cli.target_options import target_options
from costcalc.spec.errors import CostcalcError
from costcalc.spec.graph import Graph
from costcalc.spec.progress import steps
from costcalc.spec.request import Request


def timer_of(device: str, target: Target) -> Callable[[Request, Graph], float]:
    """Measures the seconds of a pass of a Request's model, as the column `time` has them."""
    with needs("torch"):
        from costcalc.measure.timing import timer

        run = timer(device, target.run_in)

    def seconds(request: Request, graph: Graph) -> float:
        with prints_aside():
            return run(request, graph)

    return seconds


def device_option(function: F) -> F:
    """--device, of the column `time`."""
    return click.option(
        "--device", type=Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True,
        help="Where the column time runs. auto: CUDA if there is a GPU, otherwise the CPU.",
    )(function)  # fmt: skip


@click.command("compare", short_help="Networks side by side, with ratios.")
@click.argument("models", type=MODEL, nargs=-1, required=True)
@click.option("--ratios/--no-ratios", default=None, help="Ratios to the first model  [default: except in latex]")
@device_option
@model_options
@strict_option
@convention_option
@target_options
@column_options
@output_options
def command(
    models: tuple[str, ...],
    ratios: bool | None,
    device: str,
    request: RequestOf,
    strict: bool,
    conventions: tuple[str, ...],
    target: Target,
    columns: ColumnOptions,
    format: str,
    output: str | None,
) -> int:
    """Show MODELS side by side, with ratios to the first, for each of --columns or params, mult-adds and activations.

    \b
    costcalc compare googlenet vgg16
    costcalc compare googlenet vgg16 --columns params,mult_adds,fvcore --units M --format latex
    costcalc compare googlenet vgg16 --columns params,mult_adds,bound,time --on epyc_7763
    costcalc compare "vgg16 label=VGG-16" "torchvision:swin_t label=Swin-T" --say macs -o table.tex
    """
    from costcalc.report.compare_report import COLUMNS, compare_report

    if len(models) < 2:
        raise CostcalcError("compare needs two models or more, like: costcalc compare googlenet vgg16")
    from costcalc.models import is_measured

    keys = columns.keys or COLUMNS
    asked = [request(model) for model in models]
    timer = timer_of(device, target) if is_measured(keys) else None
    costs = [
        cost_of(each, keys, conventions, target, None if timer is None else partial(timer, each))
        for each in steps(asked, "reading")
    ]
    shown = [quantity.key for quantity in costs[0].quantities] if columns.keys else COLUMNS
    emit(compare_report(costs, ratios, columns.style, shown), format, output)
    return exit_code(strict, *costs)
