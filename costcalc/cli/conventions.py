"""costcalc conventions [TOOL...]"""

from __future__ import annotations

import click

from costcalc.cli.completion import Completed, conventions
from costcalc.cli.options import output_options
from costcalc.cli.output import emit


@click.command("conventions", short_help="How each counting tool counts each op.")
@click.argument("tools", nargs=-1, type=Completed(conventions))
@output_options
def command(tools: tuple[str, ...], format: str, output: str | None) -> None:
    """Show the op x tool matrix: a word or a formula for how each tool counts each op.

    With one of TOOLS, show its rules: each count, the function of the tool's source that it mirrors, and a note.
    With several, show the matrix of these only.

    \b
    costcalc conventions
    costcalc conventions fvcore
    costcalc conventions fvcore thop torchinfo
    costcalc conventions --format csv -o conventions.csv
    """
    from costcalc.conventions import find, names
    from costcalc.report.conventions_table import conventions_report

    found = [find(name) for name in dict.fromkeys(tools or names())]
    emit(conventions_report(found), format, output)
