"""Cells for the difference of two amounts: in the quantity's own unit, and in percent."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from costcalc.analysis.quantity import Amount
from costcalc.report.style import Scale, rounded
from costcalc.report.table import Cell, Value, shown


def difference_cell(scale: Scale, gap: Any, unknown: bool) -> Cell:
    """``+1,582``; ``unknown`` if an amount is not known; blank if there is no difference to print."""
    if gap is None:
        return Value("unknown", None) if unknown else None
    text = shown(scale.cell(Amount(abs(gap))))
    return Value(f"{_sign(gap)}{text}", gap if isinstance(gap, int) else float(gap))


def percent_cell(old: Any, gap: Any) -> Cell:
    """``+5.2 %``; as data a fraction of the old amount. Blank if that is 0, and if there is no difference."""
    if gap is None or not old:
        return None
    return Value(percent_text(old, gap), float(Fraction(gap) / Fraction(old)))


def percent_text(old: Any, gap: Any) -> str:
    """``+5.2 %``, rounded half up; a smaller change than a tenth in more digits, down to ``+<0.001 %``."""
    share = abs(Fraction(gap) / Fraction(old)) * 100
    digits = next((digits for digits in (1, 2, 3) if not share or share * 10**digits >= 1), None)
    text = "<0.001" if digits is None else rounded(share, digits)
    return f"{_sign(gap)}{text} %"


def _sign(gap: Any) -> str:
    return "+" if gap > 0 else "-" if gap < 0 else ""
