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
@click.option("--no-ratios", is_flag=True, help="Leave out the ratios to the first model.")
@model_options
@strict_option
@convention_option
@column_options
@output_options
def command(
    models: tuple[str, ...],
    no_ratios: bool,
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
    costcalc compare googlenet vgg16 --columns params,mult_adds,fvcore --units M --no-ratios --format latex
    """
    from costcalc.report.compare_table import COLUMNS, compare_data, compare_table

    if len(models) < 2:
        raise CostcalcError("compare needs two models or more, like: costcalc compare googlenet vgg16")
    costs = [cost_of(request(model), columns.keys or COLUMNS, conventions) for model in models]
    shown = [quantity.key for quantity in costs[0].quantities] if columns.keys else COLUMNS
    table = compare_table(costs, () if no_ratios else shown, columns.scale(format))
    emit(table, lambda: compare_data(costs), format, output)
    return exit_code(strict, *costs)
