"""costcalc compare MODEL MODEL..."""

from __future__ import annotations

import click

from costcalc.cli.options import convention_option, emit, network_options, output_options
from costcalc.spec.errors import CostcalcError
from costcalc.spec.graph import Mode


@click.command("compare", short_help="Networks side by side, with ratios.")
@click.argument("models", nargs=-1, required=True)
@network_options
@convention_option
@output_options
def command(
    models: tuple[str, ...],
    input_size: tuple[int, ...] | None,
    batch: int,
    classes: int | None,
    mode: str,
    conventions: tuple[str, ...],
    format: str,
    output: str | None,
) -> None:
    """MODELS side by side, with ratios to the first.

    \b
    costcalc compare googlenet vgg16
    """
    from costcalc.models import cost
    from costcalc.report.compare_table import compare_data, compare_table

    if len(models) < 2:
        raise CostcalcError("compare needs two models or more, like: costcalc compare googlenet vgg16")
    run: Mode = "train" if mode == "train" else "eval"
    costs = [cost(model, input_size, batch, classes, run, conventions) for model in models]
    emit(compare_table(costs), lambda: compare_data(costs), format, output)
