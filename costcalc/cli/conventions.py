"""costcalc conventions [TOOL...]"""

from __future__ import annotations

import click

from costcalc.cli.options import output_options
from costcalc.cli.output import emit


@click.command("conventions", short_help="What each counting tool makes of each op.")
@click.argument("tools", nargs=-1)
@output_options
def command(tools: tuple[str, ...], format: str, output: str | None) -> None:
    """The op x tool matrix: in a word or a formula, what each tool counts for each op.

    With one of the TOOLS its rules: what it counts, the function of its source that says so, and what to know;
    with several the matrix of these alone.

    \b
    costcalc conventions
    costcalc conventions fvcore
    costcalc conventions fvcore thop torchinfo
    costcalc conventions --format csv -o conventions.csv
    """
    from costcalc.conventions import find, names
    from costcalc.report.conventions_table import conventions_data, conventions_table, rules_data, rules_table

    found = [find(name) for name in dict.fromkeys(tools or names())]
    if len(found) == 1:
        emit(rules_table(found[0]), lambda: rules_data(found[0]), format, output)
    else:
        emit(conventions_table(found), lambda: conventions_data(found), format, output)
