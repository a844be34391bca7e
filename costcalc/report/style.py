"""Style: how a report is printed: format, units, digits and words; and Scale, the units and digits of a column."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from costcalc.analysis.quantity import Amount, PerAxis, Quantity
from costcalc.report.table import Cell, Value, at_least
from costcalc.spec.numbers import is_fraction, is_open
from costcalc.spec.sizes import known

if TYPE_CHECKING:
    from fractions import Fraction

PREFIXES = {
    "": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40,
}  # fmt: skip
"""Size of a printed unit: powers of 1000 and of 1024."""


class Style(NamedTuple):
    """How a report is printed: its format, and the units, digits and words of its numbers.

    format  one of FORMATS
    prefix  one of PREFIXES, or "auto": for each column the largest one that leaves half of its numbers at 1 or more.
            None is "auto" in LaTeX, and integers in full elsewhere
    digits  after the decimal point of a number with a prefix
    say     the word for mult-adds in headings
    """

    format: str = "text"
    prefix: str | None = None
    digits: int = 2
    say: str = "mult-adds"

    @property
    def is_data(self) -> bool:
        """True for CSV and JSON, which have exact numbers and every row."""
        return self.format in ("csv", "json")

    def words(self, quantity: Quantity) -> str:
        """The heading of a quantity."""
        return self.say if quantity.key == "mult_adds" else quantity.heading

    def name(self, name: str) -> str:
        """The name of a model: in LaTeX without its library, folder, ending and underscores."""
        return plain_name(name) if self.format == "latex" else name

    def scale(self, quantity: Quantity, amounts: Callable[[], Sequence[Amount]]) -> Scale:
        """The Scale of a column of these amounts."""
        if quantity.unit == "s":
            return Scale("m")
        prefix = self.prefix if self.prefix is not None else "auto" if self.format == "latex" else ""
        if prefix == "auto":
            prefix = fitting(amounts()) if quantity.scales and not quantity.unit else ""
        return Scale(prefix, self.digits)


def fitting(amounts: Sequence[Amount]) -> str:
    """The largest prefix of 1000s that leaves half of the numbers that are not 0 at 1 or more; "" for small ones."""
    sizes = sorted(amount.number for amount in amounts if amount.number and known(amount.number))
    middle = sizes[len(sizes) // 2] if sizes else 0
    return max((p for p in ("", "k", "M", "G", "T") if PREFIXES[p] <= max(middle, 1)), key=PREFIXES.__getitem__)


def plain_name(name: str) -> str:
    """``torchvision:swin_t`` -> ``swin t``; ``nets/small_net.onnx`` -> ``small net``."""
    model, *settings = re.split(r" (?=[\w.]+=)", name, maxsplit=1)
    short = re.sub(r"^.*[/\\](?=[^/\\]*\.(onnx|json)$)|\.(onnx|json)$|^.*:(?=\S)", "", model)
    return " ".join([short, *settings]).replace("_", " ")


class Scale(NamedTuple):
    """Units and digits of the printed numbers of a column: one of PREFIXES, and the digits after the decimal point.

    Without a prefix integers are printed in full. Ratios are not scaled. Prefix "m" prints seconds as milliseconds.
    """

    prefix: str = ""
    digits: int = 2

    def heading(self, quantity: Quantity, heading: str = "") -> str:
        """``params (M)``, ``peak memory (MiB)``. `heading` stands in the place of the quantity's own."""
        unit = (self.prefix if quantity.scales else "") + quantity.unit
        name = heading or quantity.heading
        return f"{name} ({unit})" if unit else name

    def cell(self, amount: Amount) -> Cell:
        """``6.62``; a lower bound as ``≥ 6.62``; the status if there is no number; None for not counted.

        As data it is the exact number, without a unit.
        """
        if amount.status in ("unknown", "not run"):
            return Value(amount.status, amount.number)
        if amount.number is None:
            return None
        if isinstance(amount.number, PerAxis):
            text = str(amount.number)
            return Value(f"≥ {text}" if amount.status == "lower bound" else text, text)
        least = amount.status == "lower bound"
        ratio = is_fraction(amount.number)
        if is_open(amount.number) or (not self.prefix and not ratio):
            return at_least(amount.number, not least) if known(amount.number) else _plain(amount.number, least)
        from fractions import Fraction  # imported only where it is needed: it takes several milliseconds

        if self.prefix == "m":
            text = milliseconds(amount.number)
            return Value(f"≥ {text}" if least else text, amount.number)
        unit = 1 if ratio else PREFIXES[self.prefix]
        text = rounded(Fraction(amount.number) / unit, self.digits, down=least)
        return Value(f"≥ {text}" if least else text, float(amount.number) if ratio else amount.number)


def milliseconds(seconds: float) -> str:
    """Milliseconds, to three digits after the point, or three significant digits if there is less than one."""
    number = 1e3 * seconds
    if not 0 < number < 1:
        return f"{number:,.3f}" if number else "0"
    exponent = int(f"{number:e}".rpartition("e")[2])
    return f"{number:.{2 - exponent}f}"


def _plain(number: Any, least: bool) -> Cell:
    """An array or a symbol; seconds to four digits, like ``0.001234``."""
    text = f"{number:.4g}" if isinstance(number, float) else str(number)
    return Value(f"≥ {text}" if least else text, number)


FULL = Scale()
"""Integers in full."""


def rounded(number: Fraction, digits: int, down: bool = False) -> str:
    """A number as text, rounded half up, or `down` for a lower bound. ``0`` only if the number is 0."""
    if number == 0:
        return "0"
    scaled = number * 10**digits
    whole = scaled.__floor__() if down else (2 * scaled + 1).__floor__() // 2
    sign = "-" if whole < 0 else ""
    before, after = divmod(abs(whole), 10**digits)
    return f"{sign}{before:,}.{after:0{digits}}" if digits else f"{sign}{before:,}"


PLAIN = Style()
"""Text, with integers in full."""
