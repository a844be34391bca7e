"""costcalc explain MODEL LAYER"""

from __future__ import annotations

import click

from costcalc.cli.model_options import RequestOf, cost_of, exit_code, model_options, strict_option
from costcalc.cli.options import convention_option, output_options
from costcalc.cli.output import emit


@click.command("explain", short_help="One layer: its formula, and how each tool counts it.")
@click.argument("model")
@click.argument("layer")
@model_options
@strict_option
@convention_option
@output_options
def command(
    model: str,
    layer: str,
    request: RequestOf,
    strict: bool,
    conventions: tuple[str, ...],
    format: str,
    output: str | None,
) -> int:
    """Show the formula of a LAYER of MODEL, the numbers in it, and how each tool counts it and why.

    All tools are shown unless --convention names some. Layers are named as in: costcalc table MODEL --depth layer

    \b
    costcalc explain googlenet inception_3a.5x5
    """
    from costcalc.analysis.quantities import keys
    from costcalc.conventions import names
    from costcalc.report.explain_table import explain_data, explain_table
    from costcalc.report.report import Report

    cost = cost_of(request(model), keys(), conventions or names())
    node = cost.graph.node(layer)
    (found,) = [each for each in cost.layers if each.node is node]
    emit(Report(lambda _: [explain_table(cost, found)], lambda: explain_data(cost, found)), format, output)
    return exit_code(strict, cost)
