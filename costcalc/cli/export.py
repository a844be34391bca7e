"""costcalc export MODEL"""

from __future__ import annotations

import click

from costcalc.cli.options import file_option, network_options, print_or_write


@click.command("export", short_help="A network as data: costcalc's own JSON.")
@click.argument("model")
@network_options
@file_option
def command(
    model: str, input_size: tuple[int, ...] | None, batch: int, classes: int | None, mode: str, output: str | None
) -> None:
    """MODEL as data, in costcalc's own JSON, which every command takes as a MODEL. Reading it runs nothing.

    \b
    costcalc export googlenet -o net.json
    costcalc table net.json
    """
    import json

    from costcalc.convert.data import to_data
    from costcalc.models import graph

    data = to_data(graph(model, input_size, batch, classes))
    print_or_write(json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n", output)
