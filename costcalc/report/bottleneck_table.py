"""The report of a bottleneck: the direct convolution and its variants, what each saves, and what a reduction pays."""

from __future__ import annotations

from typing import Any

from costcalc.analysis.bottleneck import Bottleneck, Pays, Step, Variant
from costcalc.report.column import Column, tabulated
from costcalc.report.report import Report
from costcalc.report.style import rounded
from costcalc.report.table import Cell, Table, Value, times
from costcalc.spec.shapes import joined

CURVE = 20
"""Characters of the longest bar of the curve."""

LISTED = 5
"""Largest number of variants named in the title."""

SETTING = "Stride 1, padding that keeps the size, no biases and no norms."


def bottleneck_report(b: Bottleneck) -> Report:
    """The direct convolution and its variants; as text with a curve."""
    return Report(lambda format: [bottleneck_table(b, format == "text")], lambda: bottleneck_data(b))


def bottleneck_table(b: Bottleneck, curve: bool = False) -> Table:
    """One variant: a row per convolution, with its formula. Several: a row per variant.

    curve  True: of several variants, a bar for the mult-adds of each
    """
    title = f"{joined(b.x)} to {b.out} channel{'s' if b.out > 1 else ''} by {b.kernel}x{b.kernel}"
    title += (
        f": {', '.join(v.name for v in _each(b))}" if len(b.variants) <= LISTED else f", {len(b.variants)} variants"
    )
    table = _by_convolution(b, title) if len(b.variants) == 1 else _by_variant(b, title, curve)
    table.notes += [_pays(each) for each in b.pays]
    table.notes.append(SETTING)
    return table


def _each(b: Bottleneck) -> tuple[Variant, ...]:
    return (b.direct, *b.variants)


def _by_convolution(b: Bottleneck, title: str) -> Table:
    (variant,) = b.variants
    lines: list[tuple[str, Step | None, Variant]] = [("direct", b.direct.steps[0], b.direct)]
    lines += [("" if i else variant.name, step, variant) for i, step in enumerate(variant.steps)]
    several = len(variant.steps)
    if several > 1:
        lines.append(("", None, variant))
    total = "both" if several == 2 else f"all {several}"
    columns: list[Column[tuple[str, Step | None, Variant]]] = [
        Column("", lambda line: line[0], key="variant"),
        Column("convolution", lambda line: line[1].name if line[1] else total),
        Column("params", lambda line: line[1].weights if line[1] else line[2].params, True),
        Column("mult-adds", lambda line: line[1].macs.value if line[1] else line[2].macs, True),
        Column("formula", lambda line: line[1].macs.digits if line[1] else _formula(line[2])),
    ]
    notes = [
        f"Formula: {b.direct.steps[0].macs.symbols}",
        _saving(b.direct.macs, variant.macs, "mult-adds"),
        _saving(b.direct.params, variant.params, "params"),
        f"Receptive field: {_receptive_field(b.direct)} directly, {_receptive_field(variant)} for {variant.name}.",
    ]
    return tabulated(title, columns, lines, notes)


def _by_variant(b: Bottleneck, title: str, curve: bool) -> Table:
    most = max(variant.macs for variant in _each(b))
    columns: list[Column[Variant]] = [
        Column("variant", lambda variant: variant.name),
        Column("params", lambda variant: variant.params, True),
        Column("mult-adds", lambda variant: variant.macs, True),
        Column("% of direct", lambda variant: _share(variant.macs, b.direct.macs), True, key="share_of_direct"),
        Column("receptive field", lambda variant: Value(_receptive_field(variant), variant.receptive_field), True),
    ]
    if curve:
        columns.append(Column("mult-adds, drawn", lambda variant: _bar(variant.macs, most)))
    made: dict[str, list[str]] = {}
    for variant in b.variants:
        made.setdefault(" + ".join(step.name for step in variant.steps), []).append(variant.name)
    return tabulated(title, columns, _each(b), [f"{'; '.join(names)}: {steps}" for steps, names in made.items()])


def _formula(variant: Variant) -> str:
    return " + ".join(step.macs.digits for step in variant.steps)


def _receptive_field(variant: Variant) -> str:
    return f"{variant.receptive_field}x{variant.receptive_field}"


def _share(part: int, whole: int) -> Cell:
    return Value(_percentage(part, whole), part / whole)


def _percentage(part: int, whole: int) -> str:
    from fractions import Fraction  # imported only where it is needed: it takes several milliseconds

    return rounded(Fraction(100 * part, whole), 2)


def _bar(number: int, most: int) -> str:
    """A bar, at least one character long; rounded half up."""
    return "█" * max((2 * CURVE * number + most) // (2 * most), 1)


def _saving(direct: int, others: int, unit: str) -> str:
    if others < direct:
        return f"{direct:,} → {others:,} {unit}: {times(direct, others)} fewer, {_percentage(others, direct)} % of them"
    return f"{direct:,} → {others:,} {unit}: saves nothing"


def _pays(pays: Pays) -> str:
    """``A reduction pays up to a width of 154: 153,600/992 = 154.8 (...)``. The quotient is rounded down."""
    whole, per_width = pays.limit
    groups = f" before {pays.groups} groups" if pays.groups > 1 else ""
    pay = f"A reduction{groups} pays up to a width of {pays.up_to:,}" if pays.up_to else f"No reduction{groups} pays"
    tenths = 10 * whole // per_width
    quotient = (
        f"{tenths // 10:,}.{tenths % 10}" if whole % per_width else f"{whole // per_width:,}, where both cost the same"
    )
    return f"{pay}: {whole:,}/{per_width:,} = {quotient} (params of one, over params of the two per width)"


def bottleneck_data(b: Bottleneck) -> dict[str, Any]:
    """The same as data: integers, and the formulas in digits.

    "reduced" and "total" are of the first variant.
    """

    def step(s: Step) -> dict[str, Any]:
        return {"name": s.name, "weights": s.weights, "mult_adds": s.macs.value, "formula": s.macs.digits}

    def variant(v: Variant) -> dict[str, Any]:
        own = {"name": v.name, "params": v.params, "mult_adds": v.macs, "receptive_field": v.receptive_field}
        return {**own, "convolutions": [step(s) for s in v.steps]}

    first = b.variants[0] if b.variants else b.direct
    return {
        "schema": 1,
        "direct": step(b.direct.steps[0]),
        "reduced": [step(s) for s in first.steps],
        "total": {"weights": first.params, "mult_adds": first.macs},
        "pays_up_to": b.pays_up_to,
        "variants": [variant(v) for v in _each(b)],
        "pays": [{"groups": p.groups, "up_to": p.up_to, "limit": list(p.limit)} for p in b.pays],
    }
