"""The report of the literature's claims: each with the computed value, a verdict and the arithmetic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from costcalc.analysis.claims.claim import Claim, Finding
from costcalc.report.report import Report
from costcalc.report.table import Cell, Table, Value

Checked = Sequence[tuple[Claim, Finding]]


def claims_report(checked: Checked) -> Report:
    """A table per source."""
    return Report(lambda _: claims_tables(checked), lambda: claims_data(checked))


def claims_tables(checked: Checked) -> list[Table]:
    """A Table per source, in the order of their first claims."""
    tables = []
    for source in dict.fromkeys(claim.source for claim, _ in checked):
        own = [(claim, finding) for claim, finding in checked if claim.source == source]
        rows: list[list[Cell]] = [[c.says, _computed(f), f.verdict, f.arithmetic] for c, f in own]
        counts = Counter(f.verdict for _, f in own)
        note = "; ".join(f"{count} {verdict}" for verdict, count in counts.items())
        columns = ["claim", "computed", "verdict", "arithmetic"]
        tables.append(Table(source, columns, rows, [False, True, False, False], notes=[f"Of {len(own)}: {note}."]))
    return tables


def claims_data(checked: Checked) -> dict[str, Any]:
    """The same as data. `computed` is an integer; for a ratio or a percentage [numerator, denominator]."""
    return {
        "schema": 1,
        "claims": [
            {
                "source": claim.source,
                "claim": claim.says,
                "computed": _data(finding.computed),
                "shown": finding.shown,
                "verdict": finding.verdict,
                "arithmetic": finding.arithmetic,
            }
            for claim, finding in checked
        ],
    }


def _computed(finding: Finding) -> Cell:
    number = finding.computed
    return Value(finding.shown, number if isinstance(number, int) else float(number))


def _data(number: int | Fraction) -> int | list[int]:
    return number if isinstance(number, int) else [number.numerator, number.denominator]
