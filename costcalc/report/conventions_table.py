"""The reports of conventions: the op x tool matrix, and one tool's rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.conventions.convention import Convention
from costcalc.conventions.examples import EXAMPLES
from costcalc.conventions.matrix import Answer, answer, matrix, mult_adds, other_operations, params_rule
from costcalc.report.report import Report
from costcalc.report.table import Cell, Table

LEGEND = [
    "mult-adds: as costcalc counts them. 2 x mult-adds: multiply and add apart. zero: by the tool's convention. "
    "–: not counted by the tool.",
    "n: elements; weight, bias: elements of these; k: of the window. For one input, in eval mode, at torch's default "
    "settings; a tool's rules say what other settings change: costcalc conventions TOOL",
]


def conventions_report(conventions: Sequence[Convention]) -> Report:
    """The op x tool matrix; of a single tool its rules."""
    if len(conventions) == 1:
        return Report(lambda _: [rules_table(conventions[0])], lambda: rules_data(conventions[0]))
    return Report(lambda _: [conventions_table(conventions)], lambda: conventions_data(conventions))


def conventions_table(conventions: Sequence[Convention]) -> Table:
    """A row per op, a column per tool: a word or a formula for how the tool counts an example of the op."""
    shown = [c for c in conventions if not c.only_params]
    rows: list[list[Cell]] = [
        [op, mult_adds(op), *(a.text for a in answers.values())] for op, answers in matrix(shown).items()
    ]
    columns = ["op", "mult-adds", *(c.name for c in shown)]
    notes = LEGEND + [f"{c.name} has no column: {c.about}." for c in conventions if c.only_params]
    title = f"{len(rows)} ops as {len(shown)} tools count them"
    return Table(title, columns, rows, [False] * len(columns), notes=notes)


def rules_table(convention: Convention) -> Table:
    """One tool: a row per op that it has a rule for, with the function it mirrors; then operations that are not ops."""
    answers = {op: answer(convention, op) for op in EXAMPLES}
    ruled = [*answers.items(), *other_operations(convention).items()]
    rows: list[list[Cell]] = [[op, a.text, a.mirrors, a.note] for op, a in ruled if a.mirrors]
    notes = [f"about        {convention.about}", f"unit         {_unit(convention)}"]
    if convention.eval_only:
        notes.append("mode         eval, whatever the mode of the model")
    if convention.trained:
        notes.append("params       those that are trained (requires_grad)")
    if params_rule(convention):
        notes.append(f"params       {params_rule(convention)}")
    if not convention.only_params:
        notes.append("not counted  " + (", ".join(op for op, a in answers.items() if not a.mirrors) or "nothing"))
    columns = ["op", "counts", "mirrors", "note"]
    return Table(f"{convention.name} {convention.version}", columns, rows, [False] * 4, notes=notes)


def _unit(convention: Convention) -> str:
    if convention.only_params:
        return "none: it does not count operations"
    return f"{convention.unit} per mult-add"


def conventions_data(conventions: Sequence[Convention]) -> dict[str, Any]:
    """The matrix as data; a tool that does not count operations has no answers."""
    shown = [c for c in conventions if not c.only_params]
    return {
        "schema": 1,
        "tools": [_about(c) for c in conventions],
        "ops": [
            {
                "op": op,
                "mult_adds": mult_adds(op),
                "counts": {tool: {"status": a.kind, "formula": _formula(a)} for tool, a in answers.items()},
            }
            for op, answers in matrix(shown).items()
        ],
    }


def rules_data(convention: Convention) -> dict[str, Any]:
    """One tool's rules as data; `others` are those for operations and modules that are not ops of costcalc."""
    answers = {op: answer(convention, op) for op in EXAMPLES}
    rules = [{"op": op, **_rule(a)} for op, a in answers.items() if a.mirrors]
    more = [{"names": names.split(", "), **_rule(a)} for names, a in other_operations(convention).items()]
    return {"schema": 1, **_about(convention), "params": params_rule(convention), "rules": rules, "others": more}


def _rule(given: Answer) -> dict[str, Any]:
    return {"status": given.kind, "formula": _formula(given), "mirrors": given.mirrors, "note": given.note}


def _about(convention: Convention) -> dict[str, Any]:
    return {
        "tool": convention.name,
        "version": convention.version,
        "unit": None if convention.only_params else convention.unit,
        "about": convention.about,
        "eval_only": convention.eval_only,
    }


def _formula(given: Answer) -> str | None:
    return given.text if given.kind == "counted" else None
