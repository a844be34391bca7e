"""costcalc conventions [TOOL]"""

from __future__ import annotations

import click

from costcalc.cli.options import emit, output_options


@click.command("conventions", short_help="What each counting tool makes of each op.")
@click.argument("tool", required=False)
@output_options
def command(tool: str | None, format: str, output: str | None) -> None:
    """The op x tool matrix: in a word or a formula, what each tool counts for each op.

    With a TOOL its rules: what it counts, the function of its source that says so, and what to know.

    \b
    costcalc conventions
    costcalc conventions fvcore
    costcalc conventions --format csv -o conventions.csv
    """
    from costcalc.analysis.conventions import find, names
    from costcalc.report.conventions_table import conventions_data, conventions_table, rules_data, rules_table

    if tool is not None:
        one = find(tool)
        emit(rules_table(one), lambda: rules_data(one), format, output)
        return
    tools = [find(name) for name in names()]
    emit(conventions_table(tools), lambda: conventions_data(tools), format, output)
