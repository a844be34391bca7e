"""costcalc reconcile MODEL"""

from __future__ import annotations

import click

from costcalc.cli.completion import MODEL
from costcalc.cli.model_options import COUNTS_ALL, RequestOf, cost_of, exit_code, model_options, strict_option
from costcalc.cli.options import convention_option, output_options
from costcalc.cli.output import emit


@click.command("reconcile", short_help="Each tool's total for a network, and the ledger from mult-adds to it.")
@click.argument("model", type=MODEL)
@model_options
@strict_option
@convention_option
@output_options
def command(
    model: str,
    request: RequestOf,
    strict: bool,
    conventions: tuple[str, ...],
    format: str,
    output: str | None,
) -> int:
    """Show each counting tool's total for MODEL, and why: the ledger from mult-adds to the total, op by op.

    The totals are predicted from the tools' rules, without torch; costcalc verify runs the tools themselves.
    All tools that count operations are shown unless --convention names some.

    \b
    costcalc reconcile googlenet_torchvision
    costcalc reconcile resnet50 --convention fvcore --convention thop
    """
    from costcalc.conventions import counting
    from costcalc.report.reconcile_table import reconcile_report

    chosen = conventions or counting()
    asked = request(model)
    asked.refuse(COUNTS_ALL)
    found = cost_of(asked, conventions=chosen)
    emit(reconcile_report(found), format, output)
    return exit_code(strict, found)
