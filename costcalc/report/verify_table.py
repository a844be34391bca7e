"""The report of verifications: each check, and for each tool the ledger from mult-adds to its number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.measure.results import Check, Verification
from costcalc.report.report import Report
from costcalc.report.table import Cell, Table
from costcalc.spec.shapes import joined


def verify_report(verdicts: Sequence[Verification], matrix: bool = False) -> Report:
    """A table per model; with `matrix`, a row per model, and a table only of those that differ."""

    def tables(_: str) -> list[Table]:
        details = [verify_table(v) for v in verdicts if not matrix or not v.ok]
        return [matrix_table(verdicts), *details] if matrix else details

    return Report(tables, lambda: verify_data(verdicts))


def verify_table(verdict: Verification) -> Table:
    """A row per check, and per tool that cannot run; below, each tool's ledger, which adds up exactly."""
    rows: list[list[Cell]] = [
        [
            c.tool,
            c.quantity,
            _shown(c.computed),
            _shown(c.reported),
            "equal" if c.equal else f"DIFFERS {c.problem}",
        ]
        for c in verdict.checks
    ]
    result = f"all {len(rows)} checks equal"
    rows += [[each.tool, "mult-adds", each.computed, "", f"cannot run: {each.reason}"] for each in verdict.cannot_run]
    notes = [line for check in verdict.checks for line in _ledger(verdict, check)]
    failed = sum(not check.equal for check in verdict.checks)
    if failed:
        result = f"{failed} of {len(verdict.checks)} checks DIFFER"
    if verdict.cannot_run:
        result += f"; cannot run this model: {', '.join(each.tool for each in verdict.cannot_run)}"
        result += "" if verdict.ok or failed else "; no tool ran"
    notes = [*notes, *verdict.notes, f"{verdict.model}: {result}"]
    columns = ["tool", "quantity", "computed", "reported", ""]
    keys = ["tool", "quantity", "computed", "reported", "result"]
    return Table(verdict.model, columns, rows, [False, False, True, True, False], notes=notes, keys=keys)


def matrix_table(verdicts: Sequence[Verification]) -> Table:
    """A row per network, a column per tool: its total if all its checks are equal, otherwise DIFFERS or cannot run."""
    tools = list(dict.fromkeys(tool for v in verdicts for tool in v.tools))
    rows: list[list[Cell]] = []
    for v in verdicts:
        checks = {tool: [c for c in v.checks if c.tool == tool] for tool in tools}
        unable = {each.tool for each in v.cannot_run}
        totals = ("cannot run" if tool in unable else _total(checks[tool]) for tool in tools)
        rows.append([v.model, v.mult_adds, *totals])
    failed = [v.model for v in verdicts if not v.ok]
    notes = ["params: those of torch; shapes of parameters and outputs are checked too. tools: each in its own unit."]
    notes += list(dict.fromkeys(note for v in verdicts for note in v.notes))
    notes += list(dict.fromkeys(f"{each.tool}: cannot run: {each.reason}" for v in verdicts for each in v.cannot_run))
    notes.append(f"DIFFERS: {', '.join(failed)}" if failed else f"all checks of {len(verdicts)} networks equal")
    columns = ["network", "mult-adds", *("params" if tool == "torch" else tool for tool in tools)]
    title = f"{len(verdicts)} networks, computed == reported"
    return Table(title, columns, rows, [False, *[True] * (len(columns) - 1)], notes=notes)


def _total(checks: Sequence[Check]) -> Cell:
    """The tool's total; for torch, which has none, the params."""
    if not checks:
        return "not run"
    if not all(check.equal for check in checks):
        return "DIFFERS"
    return next(int(check.reported) for check in checks if check.quantity in ("mult-adds", "params"))


def _ledger(verdict: Verification, check: Check) -> list[str]:
    """The lines from mult-adds to a tool's number."""
    if not check.ledger or not check.equal:
        return []
    lines = [f"{check.tool}: mult-adds {verdict.mult_adds:,}"]
    lines += [f"  {e.difference:>+15,}  {e.op} ({_layers(e.layers)}): {e.why}" for e in check.ledger]
    return [*lines, f"  = {check.reported:,}"]


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count:,} layers"


def _shown(value: Any) -> Cell:
    if isinstance(value, list):
        return ", ".join(map(joined, value))
    return "nothing" if value is None else int(value)


def verify_data(verdicts: Sequence[Verification]) -> dict[str, Any]:
    """The stable JSON of `verify`, schema 1; each ledger adds up to reported minus mult-adds."""
    return {
        "schema": 1,
        "models": [
            {
                "model": v.model,
                "ok": v.ok,
                "mult_adds": v.mult_adds,
                "checks": [
                    {
                        "tool": c.tool,
                        "quantity": c.quantity,
                        "computed": c.computed,
                        "reported": c.reported,
                        "equal": c.equal,
                        "problem": c.problem or None,
                        "ledger": [{"op": e.op, "layers": e.layers, "difference": e.difference} for e in c.ledger],
                    }
                    for c in v.checks
                ],
                "notes": v.notes,
                "cannot_run": [{"tool": e.tool, "computed": e.computed, "reason": e.reason} for e in v.cannot_run],
            }
            for v in verdicts
        ],
    }
