"""costcalc reconcile MODEL"""

from __future__ import annotations

import click

from costcalc.cli.options import convention_option, emit, network_options, output_options
from costcalc.spec.graph import Mode


@click.command("reconcile", short_help="Each tool's total for a network, and the way to it from mult-adds.")
@click.argument("model")
@network_options
@convention_option
@output_options
def command(
    model: str,
    input_size: tuple[int, ...] | None,
    batch: int,
    classes: int | None,
    mode: str,
    conventions: tuple[str, ...],
    format: str,
    output: str | None,
) -> None:
    """What each counting tool says of MODEL, and why: the ledger from mult-adds to its total, op by op.

    The totals are predicted from the tools' rules, without torch; costcalc verify runs the tools themselves.
    All tools that count operations are shown unless --convention names some.

    \b
    costcalc reconcile googlenet_torchvision
    costcalc reconcile resnet50 --convention fvcore --convention thop
    """
    from costcalc.analysis.conventions import find, names
    from costcalc.models import cost
    from costcalc.report.reconcile_table import reconcile_data, reconcile_tables

    run: Mode = "train" if mode == "train" else "eval"
    chosen = conventions or [name for name in names() if not find(name).only_params]
    found = cost(model, input_size, batch, classes, run, chosen)
    emit(reconcile_tables(found), lambda: reconcile_data(found), format, output)
