"""Compare a printed figure, like 2.7K or 1,387, with a computed one: how far the digits agree."""

from __future__ import annotations

import re
from typing import Literal

from costcalc.spec import CostcalcError

Agreement = Literal["exact", "rounded", "truncated", "differs"]


def judge(printed: str, computed: int, unit: int = 1) -> Agreement:
    """Compare a printed figure with `computed / unit`, in integer arithmetic.

    exact      the computed figure, rounded half up to the last printed place, has the printed digits
    rounded    so it is if the zeros that end a figure printed in full (unit 1: "650,000") are not digits
    truncated  the computed figure, cut off at the last printed place, has the printed digits
    differs    none of these

    Raises CostcalcError if `printed` is not a figure.
    """
    number, decimals, _ = _parse(printed)
    place = 10 ** _zeros(number) if unit == 1 and not decimals else 1
    scaled = computed * 10**decimals
    if _round(scaled, unit) == number:
        return "exact"
    if _round(scaled, unit * place) * place == number:
        return "rounded"
    return "truncated" if scaled // (unit * place) * place == number else "differs"


def in_unit(printed: str, computed: int, unit: int = 1) -> str:
    """`computed / unit` in the format of the printed figure, with two more digits: 159K, 163,328, 1024 -> 159.50K."""
    _, decimals, suffix = _parse(printed)
    if unit == 1:
        return f"{computed:,}"
    places = decimals + 2
    scaled = _round(computed * 10**places, unit)
    return f"{scaled // 10**places:,}.{scaled % 10**places:0{places}}{suffix}"


def _parse(printed: str) -> tuple[int, int, str]:
    """All digits as one number, the number of decimals, and the suffix: 2.7K -> 27, 1, K."""
    match = re.match(r"([\d,]+)(?:\.(\d+))?(.*)", printed)
    if match is None:
        raise CostcalcError(f"{printed!r} is not a printed figure; expected one like 2.7K")
    whole, fraction, suffix = match.groups()
    return int(whole.replace(",", "") + (fraction or "")), len(fraction or ""), suffix


def _round(number: int, unit: int) -> int:
    """`number / unit`, rounded half up."""
    return (2 * number + unit) // (2 * unit)


def _zeros(number: int) -> int:
    """The number of zeros that end a number."""
    return len(str(number)) - len(str(number).rstrip("0")) if number else 0
