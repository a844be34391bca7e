"""costcalc explain MODEL LAYER"""

from __future__ import annotations

import click

from costcalc.cli.options import convention_option, emit, network_options, output_options
from costcalc.spec.graph import Mode


@click.command("explain", short_help="One layer: its formula, and what each tool says of it.")
@click.argument("model")
@click.argument("layer")
@network_options
@convention_option
@output_options
def command(
    model: str,
    layer: str,
    input_size: tuple[int, ...] | None,
    batch: int,
    classes: int | None,
    mode: str,
    conventions: tuple[str, ...],
    format: str,
    output: str | None,
) -> None:
    """The formula of a LAYER of MODEL, the numbers in it, and what each tool says of it and why.

    All tools are shown unless --convention names some. Layers are named as in: costcalc table MODEL --depth layer

    \b
    costcalc explain googlenet inception_3a.5x5
    """
    from costcalc import models
    from costcalc.analysis.conventions import find, names
    from costcalc.report.explain_table import explain_data, explain_table

    run: Mode = "train" if mode == "train" else "eval"
    cost = models.cost(model, input_size, batch, classes, run)
    node = cost.graph.node(layer)
    (found,) = [each for each in cost.layers if each.node is node]
    tools = [find(name) for name in dict.fromkeys(conventions or names())]
    table = explain_table(cost.graph, found, tools, run)
    emit(table, lambda: explain_data(cost.graph, found, tools, run), format, output)
