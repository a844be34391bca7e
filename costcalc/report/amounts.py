"""Amounts of quantities as cells of a table, and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from costcalc.analysis.breakdown import Row
from costcalc.analysis.cost import Cost
from costcalc.analysis.quantity import INCOMPLETE, Amount, Quantity
from costcalc.report.column import Column
from costcalc.report.table import Cell, at_least
from costcalc.spec.numbers import is_fraction

if TYPE_CHECKING:
    from fractions import Fraction

PREFIXES = {
    "": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40,
}  # fmt: skip
"""Size of a printed unit: powers of 1000 and of 1024."""

Item = TypeVar("Item")


class Scale(NamedTuple):
    """Units and digits of printed numbers: one of PREFIXES, and the digits after the decimal point.

    Without a prefix integers are printed in full. Ratios are not scaled.
    """

    prefix: str = ""
    digits: int = 2

    def heading(self, quantity: Quantity) -> str:
        """``params (M)``, ``peak memory (MiB)``."""
        unit = (self.prefix if quantity.scales else "") + quantity.unit
        return f"{quantity.heading} ({unit})" if unit else quantity.heading

    def cell(self, amount: Amount) -> Cell:
        """``6.62``; a lower bound as ``≥ 6.62``; the status if there is no number; None for not counted."""
        if amount.status in ("unknown", "not run"):
            return amount.status
        if amount.number is None:
            return None
        least = amount.status == "lower bound"
        ratio = is_fraction(amount.number)
        if not self.prefix and not ratio:
            return at_least(amount.number, not least)
        from fractions import Fraction  # imported only where it is needed: it takes several milliseconds

        unit = 1 if ratio else PREFIXES[self.prefix]
        text = rounded(Fraction(amount.number) / unit, self.digits, down=least)
        return f"≥ {text}" if least else text


PLAIN = Scale()


def rounded(number: Fraction, digits: int, down: bool = False) -> str:
    """A number as text, rounded half up, or `down` for a lower bound. ``0`` only if the number is 0."""
    if number == 0:
        return "0"
    scaled = number * 10**digits
    whole = scaled.__floor__() if down else (2 * scaled + 1).__floor__() // 2
    sign = "-" if whole < 0 else ""
    before, after = divmod(abs(whole), 10**digits)
    return f"{sign}{before:,}.{after:0{digits}}" if digits else f"{sign}{before:,}"


def amount_column(
    quantity: Quantity, of: Callable[[Item], Row | Cost], scale: Scale, total: Cost | None = None
) -> Column[Item]:
    """The column of a quantity. `of` returns the Row or Cost of an item."""
    last = scale.cell(total[quantity.key]) if total is not None else ""
    return Column(scale.heading(quantity), lambda item: scale.cell(of(item)[quantity.key]), True, last)


def numbers(item: Row | Cost, quantities: Sequence[Quantity], keys: Iterable[str]) -> dict[str, Any]:
    """The numbers of these keys, and of costcalc's own quantities, by key. None for a missing number."""
    own = [quantity.key for quantity in quantities if quantity.convention is None]
    return {key: number_data(item[key].number) for key in dict.fromkeys([*keys, *own])}


def statuses(item: Row | Cost, quantities: Sequence[Quantity]) -> dict[str, Any]:
    """Quantities that are unknown or a lower bound, under "statuses"; an empty dict if there are none."""
    found = {q.key: item[q.key].status for q in quantities if item[q.key].status in INCOMPLETE}
    return {"statuses": found} if found else {}


def number_data(number: Any) -> Any:
    """An integer; a ratio that is not an integer as [numerator, denominator]."""
    if not is_fraction(number):
        return number
    return number.numerator if number.denominator == 1 else [number.numerator, number.denominator]
