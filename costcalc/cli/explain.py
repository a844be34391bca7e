"""costcalc explain MODEL LAYER"""

from __future__ import annotations

import click

from costcalc.cli.completion import MODEL, Completed, layers
from costcalc.cli.model_options import RequestOf, cost_of, exit_code, model_options, strict_option
from costcalc.cli.options import convention_option, output_options
from costcalc.cli.output import emit


@click.command("explain", short_help="One layer: its formula, and how each tool counts it; or one block.")
@click.argument("model", type=MODEL)
@click.argument("layer", type=Completed(layers))
@model_options
@click.option("--verbose", is_flag=True, help="Also the function of each tool's source that its rule mirrors.")
@strict_option
@convention_option
@output_options
def command(
    model: str,
    layer: str,
    verbose: bool,
    request: RequestOf,
    strict: bool,
    conventions: tuple[str, ...],
    format: str,
    output: str | None,
) -> int:
    """Show the formula of a LAYER of MODEL, the numbers in it, and how each tool counts it and why.

    Layers are named as in: costcalc table MODEL --depth layer. All tools are shown unless --convention names some.

    LAYER may be a block too: then its layers are shown, their sums, its share of the network and its largest layer,
    and the tools that --convention names.

    \b
    costcalc explain googlenet inception_3a.5x5
    costcalc explain googlenet inception_3a
    """
    from costcalc.analysis.quantities import of_a_graph
    from costcalc.conventions import names
    from costcalc.models import quantities
    from costcalc.report.explain_report import explain_report

    asked = request(model)
    cost = cost_of(asked, of_a_graph(), conventions or names())
    emit(explain_report(cost, layer, str(asked), quantities(of_a_graph(), conventions), verbose), format, output)
    return exit_code(strict, cost)
