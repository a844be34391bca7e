"""costcalc published MODEL"""

from __future__ import annotations

import click

from costcalc.cli.completion import MODEL
from costcalc.cli.options import output_options
from costcalc.cli.output import emit


@click.command("published", short_help="Each printed cell of the papers beside the computed figure.")
@click.argument("model", type=MODEL)
@output_options
def command(model: str, format: str, output: str | None) -> None:
    """Show the figures that papers print for MODEL, a network of the zoo, cell by cell, beside the computed ones.

    \b
    exact      the computed figure, rounded to the last printed place, is the printed one
    rounded    so it is if the zeros that end a number printed in full are not digits
    truncated  the computed figure, cut off at the last printed place, is the printed one
    differs    none of these; the reason says why, if it is known

    \b
    costcalc published googlenet
    costcalc published googlenet_separable
    costcalc published resnet50 --format csv
    """
    from costcalc.api.published import published

    emit(published(model), format, output)
