"""costcalc export MODEL"""

from __future__ import annotations

import click

from costcalc.cli.completion import MODEL
from costcalc.cli.model_options import COUNTS_ALL, RequestOf, cost_of, exit_code, model_options, strict_option
from costcalc.cli.options import file_option
from costcalc.cli.output import print_or_write, tell


@click.command("export", short_help="A network as data: costcalc's own JSON.")
@click.argument("model", type=MODEL)
@model_options
@strict_option
@file_option
def command(model: str, request: RequestOf, strict: bool, output: str | None) -> int:
    """Write MODEL as data, in costcalc's own JSON, which every command takes as a MODEL. Reading it runs nothing.

    A function name by which the model calls a layer is kept if costcalc knows it; a line lists the others.

    \b
    costcalc export googlenet -o net.json
    costcalc table net.json
    """
    from costcalc.convert.call_data import dropped_calls
    from costcalc.convert.data import to_data
    from costcalc.report.json_text import to_json

    asked = request(model)
    asked.refuse(COUNTS_ALL)
    cost = cost_of(asked)
    data = to_data(cost.graph)
    print_or_write(to_json(data), output)
    dropped = dropped_calls(cost.graph, data)
    if dropped:
        names = ", ".join(dropped)
        tell(f"costcalc: function names left out: {names}; tools that look at names may count these layers differently")
    return exit_code(strict, cost)
