"""costcalc compare MODEL MODEL..."""

from __future__ import annotations

import click

from costcalc.cli.model_options import ModelOptions, ended, model_options, strict_option
from costcalc.cli.options import convention_option, output_options
from costcalc.cli.output import emit
from costcalc.spec.errors import CostcalcError


@click.command("compare", short_help="Networks side by side, with ratios.")
@click.argument("models", nargs=-1, required=True)
@model_options
@strict_option
@convention_option
@output_options
def command(
    models: tuple[str, ...],
    options: ModelOptions,
    strict: bool,
    conventions: tuple[str, ...],
    format: str,
    output: str | None,
) -> int:
    """MODELS side by side, with ratios to the first.

    \b
    costcalc compare googlenet vgg16
    """
    from costcalc.report.compare_table import compare_data, compare_table

    if len(models) < 2:
        raise CostcalcError("compare needs two models or more, like: costcalc compare googlenet vgg16")
    costs = [options.cost(model, conventions) for model in models]
    emit(compare_table(costs), lambda: compare_data(costs), format, output)
    return ended(strict, *costs)
