"""`costcalc.verify`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.api.subjects import subjects
from costcalc.report.report import Report
from costcalc.report.verify_table import verify_report
from costcalc.spec import arguments
from costcalc.spec.progress import steps


class VerifyReport(Report):
    """The checks of each model. `ok` is True if all of them hold."""

    ok = False


def verify(*models: Any, tools: str | Sequence[str] = (), device: str = "auto", **options: Any) -> VerifyReport:
    """Build models in torch and compare, by ==, the computed numbers with those that the tools report.

    models   each what `costcalc.cost` takes; a network of the zoo is built from its spec
    tools    names of tools, or "all"; by default fvcore, torchinfo and torch's FlopCounterMode
    device   "cpu", "cuda" or "meta"; "auto" is CUDA if there is a GPU, otherwise the CPU
    options  input, batch, mode and so on, as for `costcalc.graph`

    Raises CostcalcError as `costcalc.graph` does, for an unknown tool, and if a model does not fit on the device. Each
    tool runs in a process of its own.
    """
    from costcalc.measure.device import pick
    from costcalc.measure.verify import TOOLS, available_tools
    from costcalc.measure.verify import verify as verdict

    known = available_tools()
    named = [tools] if isinstance(tools, str) else arguments.listed("tools", tools, "a list of names, like ['fvcore']")
    chosen = known if "all" in named else [arguments.one_of("tool", each, known) for each in named] or TOOLS
    where = pick(device)
    pairs = subjects(models, options, "verify")
    verdicts = [
        verdict(each, asked.mode, where, chosen)
        for each, asked in steps(pairs, "verifying", lambda pair: pair[0].graph.name)
    ]
    report = verify_report(verdicts)
    shown = VerifyReport(report.tables, report.data)
    shown.ok = all(each.ok for each in verdicts)
    return shown
