"""costcalc export MODEL"""

from __future__ import annotations

import click

from costcalc.cli.model_options import ModelOptions, ended, model_options, strict_option
from costcalc.cli.options import file_option, print_or_write


@click.command("export", short_help="A network as data: costcalc's own JSON.")
@click.argument("model")
@model_options
@strict_option
@file_option
def command(model: str, options: ModelOptions, strict: bool, output: str | None) -> int:
    """MODEL as data, in costcalc's own JSON, which every command takes as a MODEL. Reading it runs nothing.

    \b
    costcalc export googlenet -o net.json
    costcalc table net.json
    """
    import json

    from costcalc.convert.data import to_data

    cost = options.cost(model)
    print_or_write(json.dumps(to_data(cost.graph), ensure_ascii=False, allow_nan=False) + "\n", output)
    return ended(strict, cost)
