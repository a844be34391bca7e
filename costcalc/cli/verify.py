"""costcalc verify MODEL..."""

from __future__ import annotations

import click

from costcalc.cli.model_options import RequestOf, graph_of, model_options, prints_aside
from costcalc.cli.options import needs, output_options, progress
from costcalc.cli.output import emit
from costcalc.spec.errors import CostcalcError


@click.command("verify", short_help="Build it in torch: every tool's count, computed == reported.")
@click.argument("models", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every network of the zoo.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "meta"]), default="auto", show_default=True,
              help="auto is CUDA where there is one; meta needs no memory.")  # fmt: skip
@click.option(
    "--tools", multiple=True, metavar="NAME", help="all, or a tool, repeatable [fvcore torchinfo flopcounter]."
)
@model_options
@output_options
def command(
    models: tuple[str, ...],
    everything: bool,
    device: str,
    tools: tuple[str, ...],
    request: RequestOf,
    format: str,
    output: str | None,
) -> int:
    """Build MODELS in torch and compare, by ==, what is computed with what the tools report.

    A network of the zoo is built from its spec; a torch model by name, or a Python file's, by its own code, which each
    tool runs in a process of its own. Checked are the names and shapes of all parameters, the output shapes, params,
    and what the tools count, in total and by module: fvcore, torchinfo and torch's FlopCounterMode, unless --tools
    names others. Where a tool differs from mult-adds, a ledger says by how much and for which ops. --all gives a
    matrix, a row a network, a column a tool. Exit code 1 if any check does not hold.

    \b
    costcalc verify googlenet vgg16
    costcalc verify --all
    costcalc verify resnet50 --tools all
    costcalc verify torchvision:mobilenet_v2 timm:convnext_tiny
    costcalc verify file.py:Net --input 3x32x32
    """
    from costcalc.models import networks
    from costcalc.report.verify_table import matrix_table, verify_data, verify_table

    names = [network.name for network in networks()] if everything else list(models)
    if not names or (everything and models):
        raise CostcalcError("name one model or more, like: costcalc verify googlenet; or take --all and name none")
    requests = [request(name) for name in names]
    graphs = [graph_of(each) for each in requests]
    with needs("torch"):
        from costcalc.measure.device import pick
        from costcalc.measure.subject import Subject
        from costcalc.measure.verify import TOOLS, tools_there_are, verify

        where = pick(device)
        known = tools_there_are()
        chosen = known if "all" in tools else tools or TOOLS
        if not set(chosen) <= set(known):
            raise CostcalcError(f"--tools takes all or {', '.join(known)}, not {', '.join(set(chosen) - set(known))}")
        subjects = [Subject(graph, each) for graph, each in zip(graphs, requests, strict=True)]
        with progress(subjects, "verify", lambda s: s.graph.name if s else "") as bar, prints_aside():
            verdicts = [verify(each, requests[0].mode, where, chosen) for each in bar]
    matrix = [matrix_table(verdicts)] if everything else []
    details = [verify_table(v) for v in verdicts if not everything or not v.ok]
    emit([*matrix, *details], lambda: verify_data(verdicts), format, output)
    return 0 if all(verdict.ok for verdict in verdicts) else 1
