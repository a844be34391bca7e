"""costcalc compare MODEL MODEL..."""

from __future__ import annotations

import click

from costcalc.cli.column_options import ColumnOptions, column_options
from costcalc.cli.model_options import RequestOf, cost_of, exit_code, model_options, strict_option
from costcalc.cli.options import convention_option, output_options
from costcalc.cli.output import emit
from costcalc.spec.errors import CostcalcError


@click.command("compare", short_help="Networks side by side, with ratios.")
@click.argument("models", nargs=-1, required=True)
@click.option("--ratios/--no-ratios", default=None, help="Ratios to the first model  [default: except in latex]")
@model_options
@strict_option
@convention_option
@column_options
@output_options
def command(
    models: tuple[str, ...],
    ratios: bool | None,
    request: RequestOf,
    strict: bool,
    conventions: tuple[str, ...],
    columns: ColumnOptions,
    format: str,
    output: str | None,
) -> int:
    """Show MODELS side by side, with ratios to the first, for each of --columns or params, mult-adds and activations.

    \b
    costcalc compare googlenet vgg16
    costcalc compare googlenet vgg16 --columns params,mult_adds,fvcore --units M --format latex
    costcalc compare "vgg16 label=VGG-16" "torchvision:swin_t label=Swin-T" --say macs -o table.tex
    """
    from costcalc.report.compare_report import COLUMNS, compare_report

    if len(models) < 2:
        raise CostcalcError("compare needs two models or more, like: costcalc compare googlenet vgg16")
    costs = [cost_of(request(model), columns.keys or COLUMNS, conventions) for model in models]
    shown = [quantity.key for quantity in costs[0].quantities] if columns.keys else COLUMNS
    emit(compare_report(costs, ratios, columns.style, shown), format, output)
    return exit_code(strict, *costs)
