"""costcalc check [MODEL...]"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import click

from costcalc.analysis.target import Target
from costcalc.cli.column_options import KeysType
from costcalc.cli.completion import MODEL
from costcalc.cli.model_options import RequestOf, cost_of, model_options
from costcalc.cli.options import output_options
from costcalc.cli.output import check_file, emit, tell, write
from costcalc.cli.pairs import PairType, fail_over_option, pairs_option
from costcalc.cli.target_options import target_options
from costcalc.spec.errors import CostcalcError
from costcalc.spec.progress import steps


@click.command("check", short_help="Budgets for CI: exit code 1 if a network is over one, or has grown.")
@click.argument("models", type=MODEL, nargs=-1)
@pairs_option("--budget", "budgets", PairType("AMOUNT", "params=5M or peak_memory=2GiB"),
              "Largest amount of a quantity, or of a convention, that is allowed. Repeatable: --budget params=5M "
              "--budget peak_memory=2GiB")  # fmt: skip
@click.option(
    "--baseline", metavar="FILE", help="Fail if a quantity is larger than in this file, which --update writes."
)
@click.option("--update", is_flag=True, help="Accept the costs of now: write them to the baseline.")
@fail_over_option("Growth over the baseline that is allowed, like mult_adds=1%. Repeatable  [default: none]")
@click.option("--columns", "keys", type=KeysType(),
              help="Quantities held against the baseline  [default: params, mult_adds and activations], beside those "
                   "with a budget")  # fmt: skip
@model_options
@target_options
@output_options
def command(
    models: tuple[str, ...],
    budgets: dict[str, Any],
    baseline: str | None,
    update: bool,
    fail_over: dict[str, Any],
    keys: tuple[str, ...] | None,
    request: RequestOf,
    target: Target,
    format: str,
    output: str | None,
) -> int:
    """Check MODELS, or all networks with budgets in pyproject.toml, against budgets and a baseline.

    Budgets, baseline, fail-over and columns stand in [tool.costcalc] of the pyproject.toml in the current folder;
    options are added to them, or take their place. Exit code 1 if an amount is over a budget or larger than in the
    baseline, or if it is unknown and so cannot be held.

    \b
    costcalc check
    costcalc check googlenet --budget params=7M --budget mult_adds=1.6G --budget fvcore=1.6G
    costcalc check net.py:Net --input 3x32x32 --budget peak_memory=2GiB
    costcalc check googlenet resnet50 --baseline costs.json --update
    """
    from costcalc.api.check import keys_of, verdicts_of
    from costcalc.api.snapshots import baseline_text, read_baseline
    from costcalc.cli.pyproject import TARGET, settings
    from costcalc.report.check_report import check_report, failure

    own = settings()
    names = list(dict.fromkeys(models or own.budgets))
    if not names:
        raise CostcalcError(
            "nothing to check: expected a MODEL, like: costcalc check googlenet --budget params=7M; or networks in "
            "[tool.costcalc.budgets] of pyproject.toml"
        )
    file = baseline or own.baseline
    if update and file is None:
        raise CostcalcError("--update writes a baseline; name its file, like --baseline costs.json")
    if file is not None and not update and not os.path.exists(file):
        raise CostcalcError(f"there is no baseline {file!r}; costcalc check --update writes it")
    before = read_baseline(file) if file is not None and os.path.exists(file) else {}
    if update and file is not None:
        check_file(file)
    growth = {**own.fail_over, **fail_over}
    verdicts, found = [], {}
    for name in steps(names, "checking"):
        limits = {**own.budgets.get(name, {}), **budgets}
        place = _target(target, {key: limits.pop(key) for key in TARGET if key in limits})
        try:
            wanted = keys_of(limits, growth, keys or own.columns, file is not None)
        except CostcalcError as error:
            raise CostcalcError(f"{name}: {error}") from None
        cost = cost_of(request(name), wanted, (), place)
        held = file is not None and not update
        judged, found[name] = verdicts_of(name, cost, limits, growth, before.get(name), held)
        verdicts += judged
    notes = []
    if update and file is not None:
        write(file, baseline_text({**(before if models else {}), **found}))
        notes = [f"Wrote the baseline {file}."]
    elif not models:
        notes = [
            f"{name} is in the baseline and is not checked; --update removes it."
            for name in before
            if name not in found
        ]
    report = check_report(verdicts, notes)
    emit(report, format, output)
    if output is not None:
        for each in verdicts:
            if not each.ok:
                tell(f"costcalc: {failure(each)}")
    return 0 if report.ok else 1


def _target(given: Target, own: Mapping[str, str]) -> Target:
    """The Target of a network's own device and dtype; those that are given on the command line take their place."""
    found = Target.of(own.get("on"), own.get("dtype"))
    return Target(given.on or found.on, given.dtype or found.dtype)
