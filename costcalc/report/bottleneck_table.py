"""The report of a bottleneck: both variants with their formulas, and the savings of the reduction."""

from __future__ import annotations

from typing import Any

from costcalc.analysis.bottleneck import Bottleneck
from costcalc.report.table import Cell, Table, times


def bottleneck_table(b: Bottleneck, title: str) -> Table:
    """A row per convolution, and one for both of the bottleneck."""
    rows: list[list[Cell]] = [
        [label, step.name, step.weights, step.macs.value, step.macs.digits]
        for label, step in (("direct", b.direct), ("bottleneck", b.reduced[0]), ("", b.reduced[1]))
    ]
    weights, macs = _both(b)
    rows.append(["", "both", weights, macs, f"{b.reduced[0].macs.digits} + {b.reduced[1].macs.digits}"])
    whole, per_width = b.limit
    if b.pays_up_to:
        pays = f"A reduction pays up to a width of {b.pays_up_to:,}: "
    else:
        pays = "No reduction pays: "
    pays += f"{whole:,}/{per_width:,} = {whole / per_width:.1f} (weights of one, over weights of the two at width 1)"
    savings = [_saving(b.direct.macs.value, macs, "mult-adds"), _saving(b.direct.weights, weights, "weights")]
    notes = [f"Formula: {b.direct.macs.symbols}", *savings, pays]
    columns = ["", "convolution", "weights", "mult-adds", "formula"]
    return Table(title, columns, rows, [False, False, True, True, False], notes=notes)


def _saving(direct: int, both: int, unit: str) -> str:
    if both < direct:
        return f"{direct:,} → {both:,} {unit}: {times(direct, both)} fewer, {100 * both / direct:.2f} % of them"
    return f"{direct:,} → {both:,} {unit}: the bottleneck saves nothing"


def bottleneck_data(b: Bottleneck) -> dict[str, Any]:
    """The same as data: integers, and the formulas in digits."""

    def step(s: Any) -> dict[str, Any]:
        return {"name": s.name, "weights": s.weights, "mult_adds": s.macs.value, "formula": s.macs.digits}

    weights, macs = _both(b)
    return {
        "schema": 1,
        "direct": step(b.direct),
        "reduced": [step(s) for s in b.reduced],
        "total": {"weights": weights, "mult_adds": macs},
        "pays_up_to": b.pays_up_to,
    }


def _both(b: Bottleneck) -> tuple[int, int]:
    return sum(s.weights for s in b.reduced), sum(s.macs.value for s in b.reduced)
