"""costcalc verify MODEL..."""

from __future__ import annotations

import click

from costcalc.cli.completion import MODEL, Completed
from costcalc.cli.completion import tools as tools_there
from costcalc.cli.model_options import RequestOf, graph_of, model_options, prints_aside
from costcalc.cli.options import Choice, needs, output_options
from costcalc.cli.output import emit
from costcalc.spec.errors import CostcalcError
from costcalc.spec.near import hinted
from costcalc.spec.progress import steps


@click.command("verify", short_help="Build the model in torch: every tool's count, computed == reported.")
@click.argument("models", type=MODEL, nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Verify every network of the zoo.")
@click.option("--device", type=Choice(["auto", "cpu", "cuda", "meta"]), default="auto", show_default=True,
              help="auto: CUDA if there is a GPU, otherwise the CPU; meta needs no memory.")  # fmt: skip
@click.option(
    "--tools",
    multiple=True,
    metavar="NAME",
    type=Completed(tools_there),
    help="A tool, or all. Repeatable [fvcore torchinfo flopcounter].",
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
    """Build MODELS in torch and compare, by ==, the computed numbers with those that the tools report.

    A network of the zoo is built from its spec; a torch model, by name or from a Python file, by its own code. Each
    tool runs in a process of its own. The checks are the names and shapes of all parameters, the output shapes, params,
    and the tools' counts, in total and by module: fvcore, torchinfo and torch's FlopCounterMode, unless --tools names
    others. If a tool differs from mult-adds, a ledger says by how much and for which ops. --all prints a matrix, with a
    row per network and a column per tool. Exit code 1 if any check does not hold. A tool that crashes in its own code
    cannot run the model, which is told in a line; exit code 1 if no tool ran.

    \b
    costcalc verify googlenet vgg16
    costcalc verify --all
    costcalc verify resnet50 --tools all
    costcalc verify torchvision:mobilenet_v2 timm:convnext_tiny
    costcalc verify file.py:Net --input 3x32x32
    """
    from costcalc.models import networks
    from costcalc.report.verify_table import verify_report

    names = [network.name for network in networks()] if everything else list(models)
    if not names or (everything and models):
        raise CostcalcError("expected one model or more, like: costcalc verify googlenet; or --all and no model")
    requests = [request(name) for name in names]
    graphs = [graph_of(each) for each in steps(requests, "reading")]
    with needs("torch"):
        from costcalc.measure.device import pick
        from costcalc.measure.subject import Subject
        from costcalc.measure.verify import TOOLS, available_tools, verify

        where = pick(device)
        known = available_tools()
        chosen = known if "all" in tools else tools or TOOLS
        if not set(chosen) <= set(known):
            wrong = sorted(set(chosen) - set(known))
            problem = f"--tools {', '.join(wrong)}: expected all, or one of {', '.join(known)}"
            raise CostcalcError(hinted(problem, wrong[0], known))
        subjects = [Subject(graph, each) for graph, each in zip(graphs, requests, strict=True)]
        pairs = [*zip(subjects, requests, strict=True)]
        with prints_aside():
            verdicts = [
                verify(each, asked.mode, where, chosen)
                for each, asked in steps(pairs, "verifying", lambda pair: pair[0].graph.name)
            ]
    emit(verify_report(verdicts, everything), format, output)
    return 0 if all(verdict.ok for verdict in verdicts) else 1
