"""costcalc verify MODEL..."""

from __future__ import annotations

import click

from costcalc.cli.options import emit, needs, network_options, output_options, progress
from costcalc.spec.graph import Mode


@click.command("verify", short_help="Build it in torch: every tool's count, computed == reported.")
@click.argument("models", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every network of the zoo.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or meta.")
@network_options
@output_options
@click.pass_context
def command(
    ctx: click.Context,
    models: tuple[str, ...],
    everything: bool,
    device: str,
    input_size: tuple[int, ...] | None,
    batch: int,
    classes: int | None,
    mode: str,
    format: str,
    output: str | None,
) -> int:
    """Build MODELS in torch and compare, by ==, what the spec gives with what the tools report.

    Checked are the names and shapes of all parameters, the output shapes, params, and what fvcore, torchinfo
    and torch's FlopCounterMode count, in total and by module. Where a tool differs from mult-adds, a ledger
    says by how much and for which ops. Exit code 1 if any check does not hold.

    \b
    costcalc verify googlenet vgg16
    costcalc verify --all
    """
    from costcalc.models import graph, networks
    from costcalc.report.verify_table import verify_data, verify_table

    names = [network.name for network in networks()] if everything else list(models)
    if not names:
        raise click.UsageError("name one model or more, like: costcalc verify googlenet; or take --all")
    run: Mode = "train" if mode == "train" else "eval"
    graphs = [graph(name, input_size, batch, classes) for name in names]
    with needs("torch"):
        from costcalc.measure.device import pick
        from costcalc.measure.verify import verify

        where = pick(device)
        with progress(graphs, "verify", lambda g: g.name if g else "") as bar:
            verdicts = [verify(each, run, where) for each in bar]
    emit([verify_table(v) for v in verdicts], lambda: verify_data(verdicts), format, output)
    return 0 if all(verdict.ok for verdict in verdicts) else 1
