"""Texts and colours of the static drawing. The page's are the same, in assets/text.js."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from costcalc.analysis.quantity import INCOMPLETE, Amount, PerAxis, Quantity
from costcalc.spec.numbers import product

UNITS = {"E": 10**18, "P": 10**15, "T": 10**12, "G": 10**9, "M": 10**6, "k": 10**3}

STEPS = {True: (5, 10, 20, 40, 80, 160, 320), False: (100, 200, 300, 450, 600, 750, 900)}
"""Shares from which a colour is hotter, in thousandths: of a quantity whose amounts add up, and of another."""

SIGNS = ((44, "iljtfr.,:;'|!()[]- 1I"), (100, "mwMWQO%@×"))


def short(number: Any, unit: str) -> str:
    """``118 M``, ``1.58 G``, ``12.3``."""
    if isinstance(number, float):
        return f"{_significant(1e3 * number)} ms"
    size = abs(number)
    prefix = next((prefix for prefix, least in UNITS.items() if size >= least), "")
    text = str(size) if not prefix and isinstance(number, int) else _digits(Fraction(size) / UNITS.get(prefix, 1))
    sign = "−" if number < 0 else ""
    return f"{sign}{text}{' ' if prefix or unit else ''}{prefix}{unit}"


def _significant(number: float) -> str:
    """Three digits, as toPrecision(3) of JavaScript has them."""
    if number == 0:
        return "0"
    exponent = int(f"{number:.2e}".partition("e")[2])
    return f"{number:.{max(0, 2 - exponent)}f}" if -7 <= exponent < 3 else f"{number:.2e}"


def _digits(number: Fraction) -> str:
    """Three digits, rounded half up."""
    for places in (2, 1, 0):
        scaled = (2 * number.numerator * 10**places + number.denominator) // (2 * number.denominator)
        if scaled < 1000 or not places:
            break
    text = str(scaled).rjust(places + 1, "0")
    return f"{text[:-places]}.{text[-places:]}" if places else f"{scaled:,}"


def short_amount(amount: Amount, unit: str) -> str:
    """An amount in few digits; its status if it has no number."""
    if amount.number is None:
        return "–" if amount.status == "not counted" else amount.status
    if isinstance(amount.number, PerAxis):
        return str(amount.number).replace("x", "×")
    return ("≥ " if amount.status == "lower bound" else "") + short(amount.number, unit)


def share(amount: Amount, whole: Amount) -> Fraction | None:
    """The part of the network's amount, at most 1; None if there is none."""
    if amount.number is None or whole.number is None or whole.number == PerAxis():
        return None
    if amount.number == PerAxis():
        return Fraction(1)
    a, b = (_size(each.number) for each in (amount, whole))
    return None if a < 0 or b <= 0 else min(a / b, Fraction(1))


def _size(number: Any) -> Fraction:
    if isinstance(number, float):
        return Fraction(int(number * 1e12 + 0.5))
    return Fraction(product(number) if isinstance(number, PerAxis) else number)


def percentage(part: Fraction) -> str:
    """``12.3%``, rounded half up."""
    tenths = int(part * 1000 + Fraction(1, 2))
    return "<0.1%" if part and not tenths else f"{tenths // 10}.{tenths % 10}%"


def heat(quantity: Quantity, amount: Amount, whole: Amount) -> str:
    """The class of an item's colour."""
    if amount.status in INCOMPLETE and amount.number is None:
        return "unknown"
    if amount.status == "not run":
        return "not-run"
    part = share(amount, whole)
    return f"heat{sum(1000 * part >= step for step in STEPS[quantity.adds]) if part else 0}"


def fitted(text: str, width: int, size: int) -> str:
    """The end of a text that fits into a width, in a font of this size; names differ at their ends."""
    room = 100 * width // size
    if sum(map(_width, text)) <= room:
        return text
    used, start = 100, len(text)
    while start > 0 and used + _width(text[start - 1]) <= room:
        start -= 1
        used += _width(text[start])
    return f"…{text[start:]}"


def width_of(text: str, size: int) -> int:
    """The width of a text, at most."""
    return -(-size * sum(map(_width, text)) // 100)


def _width(sign: str) -> int:
    """Hundredths of the font's size that a sign takes, at most."""
    if ord(sign) >= 0x2E80:
        return 105
    for width, signs in SIGNS:
        if sign in signs:
            return width
    return 78 if sign != sign.lower() else 68
