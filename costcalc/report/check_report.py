"""The report of budgets and baselines: a row per limit, and a line for each that does not hold."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from costcalc.analysis.budget import Verdict
from costcalc.analysis.quantity import Amount
from costcalc.report.amounts import number_data
from costcalc.report.column import Column, tabulated
from costcalc.report.comment import Comment
from costcalc.report.difference import difference_cell, percent_cell, percent_text
from costcalc.report.style import Scale, Style
from costcalc.report.table import Cell, Table, Value, shown


def check_report(verdicts: Sequence[Verdict], notes: Sequence[str] = ()) -> Comment:
    """A row per limit of each network, those that do not hold first when rows are left out."""
    failures = [failure(each) for each in verdicts if not each.ok]
    models = list(dict.fromkeys(each.model for each in verdicts))

    def tables(format: str, rows: int | None) -> list[Table]:
        shown_rows = list(verdicts) if rows is None else sorted(verdicts, key=lambda each: each.ok)[:rows]
        said = failures if rows is None else failures[:rows]
        more = len(verdicts) - len(shown_rows)
        rest = [f"Not shown: {more} more checks; see --format csv."] if more else []
        return [_table(shown_rows, [*said, *rest, *notes, *_result(verdicts)], format)]

    return Comment(f"costcalc check {' '.join(models)}", tables, lambda: _data(verdicts, notes), not failures)


def failure(verdict: Verdict) -> str:
    """``net.py:Net: params 6,998,552 is over the budget of 6,500,000 by 498,552 (7.7 %); largest layer: ...``."""
    quantity, scale = verdict.quantity, _scale(verdict)
    name = f"{verdict.model}: {scale.heading(quantity)}"
    now = shown(scale.cell(verdict.now))
    if verdict.result == "no baseline":
        return f"{name} {now} has no baseline; accept it with --update"
    limit = shown(_limit(verdict))
    if verdict.result == "cannot be held":
        at = f" of {limit}" if limit else ""
        return f"{name}: the {verdict.by}{at} cannot be held: {now or 'no number'}, {verdict.reason}"
    gap = _gap(verdict)
    by = "" if gap is None else f" by {_without_sign(shown(difference_cell(scale, gap, False)))}"
    percent = "" if gap is None or not verdict.limit else f" ({percent_text(verdict.limit, gap).removeprefix('+')})"
    growth = verdict.growth
    allowed = f" and the {_percent(growth.allowed)} allowed" if growth is not None and growth.allowed else ""
    return f"{name} {now} is over the {verdict.by} of {limit}{allowed}{by}{percent}{_layer(verdict, scale)}"


def _layer(verdict: Verdict, scale: Scale) -> str:
    if not verdict.layer:
        return ""
    share = shown(scale.cell(Amount(verdict.share)))
    if verdict.by == "baseline" and verdict.quantity.adds:
        return f"; the layer that grew most: {verdict.layer}, by {share}"
    return f"; the largest layer: {verdict.layer}, {share}"


def _without_sign(text: str) -> str:
    return text.lstrip("+-")


def _percent(share: Fraction) -> str:
    return f"{float(100 * share):g} %"


def _scale(verdict: Verdict) -> Scale:
    return Style().scale(verdict.quantity, list)


def _limit(verdict: Verdict) -> Cell:
    return None if verdict.limit is None else _scale(verdict).cell(Amount(verdict.limit))


def _gap(verdict: Verdict) -> Any:
    """What is used of the limit and more, or less; None if it is not a number."""
    if verdict.limit is None or verdict.now.number is None or verdict.quantity.per_axis:
        return None
    return None if verdict.result == "cannot be held" else verdict.now.number - verdict.limit


def _table(verdicts: Sequence[Verdict], notes: list[str], format: str) -> Table:
    columns: list[Column[Verdict]] = [
        Column("network", lambda each: each.model, key="model"),
        Column("quantity", lambda each: Value(_scale(each).heading(each.quantity), each.quantity.key)),
        Column("now", lambda each: _scale(each).cell(each.now), True),
        Column("at most", lambda each: _limit(each), True),
        Column("by", lambda each: each.by),
        Column("difference", lambda each: difference_cell(_scale(each), _gap(each), False), True),
        Column("%", lambda each: percent_cell(each.limit, _gap(each)), True, key="growth"),
        Column("result", lambda each: each.result if each.ok else each.result.upper(), key="result"),
    ]
    if format != "text":  # a terminal is narrow, and the lines below name the layers
        columns.append(Column("layer", lambda each: each.layer or None))
    return tabulated("Budgets", columns, verdicts, notes)


def _result(verdicts: Sequence[Verdict]) -> list[str]:
    if not verdicts:
        return []
    failed = sum(not each.ok for each in verdicts)
    checks = f"{len(verdicts)} check" + ("" if len(verdicts) == 1 else "s")
    if not failed:
        return [f"{checks}: all hold." if len(verdicts) > 1 else f"{checks}: it holds."]
    return [f"{failed} of {checks} do{'es' if failed == 1 else ''} not hold."]


def _data(verdicts: Sequence[Verdict], notes: Sequence[str]) -> dict[str, Any]:
    return {
        "schema": 1,
        "ok": all(each.ok for each in verdicts),
        "checks": [
            {
                "model": each.model,
                "quantity": each.quantity.key,
                "now": number_data(each.now.number),
                "status": each.now.status,
                "limit": number_data(each.limit),
                "by": each.by,
                "result": each.result,
                "reason": each.reason or None,
                "layer": each.layer or None,
                "share": number_data(each.share) if each.layer else None,
                **({"allowed_growth": float(each.growth.allowed)} if each.growth is not None else {}),
            }
            for each in verdicts
        ],
        **({"notes": list(notes)} if notes else {}),
    }
