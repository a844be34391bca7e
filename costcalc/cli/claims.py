"""costcalc claims"""

from __future__ import annotations

import click

from costcalc.cli.options import output_options
from costcalc.cli.output import emit


@click.command("claims", short_help="The literature's claims about cost, recomputed.")
@output_options
def command(format: str, output: str | None) -> None:
    """Recompute claims about cost from papers and notes from the networks, each with a verdict.

    A claimed figure is right if the computed one gives its digits when rounded, or when cut off after two or more.

    \b
    costcalc claims
    costcalc claims --format markdown -o claims.md
    """
    from costcalc.api.claims import claims

    emit(claims(), format, output)
