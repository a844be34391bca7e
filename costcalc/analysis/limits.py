"""Limits of quantities as a user writes them: ``5M``, ``2GiB``, ``10ms``, ``435x435``, and growth like ``5%``."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

from costcalc.analysis.quantities import find
from costcalc.analysis.quantity import PerAxis, Quantity
from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError
from costcalc.spec.numbers import is_fraction

PREFIXES = {"": 1, **{prefix: 1000**i for i, prefix in enumerate("kMGT", 1)},
            **{f"{prefix}i": 1024**i for i, prefix in enumerate("KMGT", 1)}}  # fmt: skip
SECONDS = {"s": Fraction(1), "ms": Fraction(1, 10**3), "us": Fraction(1, 10**6), "µs": Fraction(1, 10**6),
           "ns": Fraction(1, 10**9)}  # fmt: skip

LEAST, MOST = 1e-60, 1e60
"""Bounds of a number with a decimal point, so that one like 1e999999999 is refused before it is worked out."""

NUMBER = r"(\d{1,3}(?:,\d{3}){1,10}|\d{1,3}(?:_\d{3}){1,10}|\d{1,30})(?:\.(\d{1,12}))?(?:[eE]\+?(\d{1,2}))?"
AMOUNT = re.compile(rf"{NUMBER}\s*([A-Za-zµ]*)", re.ASCII)
PERCENT = re.compile(rf"{NUMBER}\s*%", re.ASCII)
PER_AXIS = re.compile(r"\d{1,12}(?:x\d{1,12}){0,7}", re.ASCII)


def limit(quantity: Quantity, value: Any) -> Any:
    """The largest amount of a quantity that is allowed: an integer, or a Fraction, or numbers per axis.

    value  a number of elements, bytes, seconds; or a text with a unit, like "5M", "2GiB", "10ms"; per axis "435x435"

    Raises CostcalcError, with examples of the quantity's unit, for anything else.
    """
    found = _per_axis(value) if quantity.per_axis else _amount(quantity, value)
    if found is None:
        raise CostcalcError(f"{quantity.key}={arguments.shown(value)}: expected at most an amount, {_like(quantity)}")
    return found


def in_bytes(name: str, value: Any) -> int:
    """A size in bytes, at least 1: an integer, or a text with a unit, like "24GiB".

    Raises CostcalcError for anything else.
    """
    found = _amount(find("peak_memory"), value)
    if found is None or found < 1:
        wanted = "bytes" if found is None else "at least 1 byte"
        raise CostcalcError(f"{name}={arguments.shown(value)}: expected {wanted}, like 24GiB, 80GB or 5000000")
    return int(found)


def percent(key: str, value: Any) -> Fraction:
    """Growth of a quantity that is allowed, as a fraction: ``5%`` is 1/20.

    Raises CostcalcError for anything else.
    """
    match = PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise CostcalcError(f"{key}={arguments.shown(value)}: expected a growth in percent, like {key}=5%")
    return _number(match) / 100


def _amount(quantity: Quantity, value: Any) -> Any:
    if isinstance(value, str):
        match = AMOUNT.fullmatch(value.strip())
        unit = None if match is None else _unit(quantity, match[4])
        found = None if match is None or unit is None else _number(match) * unit
    else:
        found = _plain(value)
    if found is None or found < 0:
        return None
    return int(found) if found == int(found) else found


def _plain(value: Any) -> Fraction | None:
    """A number as a Fraction; None for anything else, also for infinity."""
    whole = arguments.as_integer(value)
    if whole is not None:
        return Fraction(whole)
    if isinstance(value, float | Decimal):
        return Fraction(value) if value == 0 or LEAST < float(value) < MOST else None
    return Fraction(value) if is_fraction(value) else None


def _number(match: re.Match[str]) -> Fraction:
    digits = re.sub("[,_]", "", match[1])
    return Fraction(f"{digits}.{match[2] or 0}e{match[3] or 0}")


def _unit(quantity: Quantity, unit: str) -> Any:
    """The size of a unit; None if the quantity is not counted in it."""
    if quantity.unit == "s":
        return SECONDS.get(unit or "s")
    if not quantity.scales:
        return 1 if not unit else None
    if quantity.unit == "B":
        unit = unit.removesuffix("B")
    return PREFIXES.get(unit)


def _per_axis(value: Any) -> PerAxis | None:
    if isinstance(value, str) and PER_AXIS.fullmatch(value.strip()):
        value = [int(each) for each in value.strip().split("x")]
    whole = arguments.as_integer(value)
    sizes = value if isinstance(value, list | tuple) else [value] if whole is not None else []
    numbers = [arguments.as_integer(each) for each in sizes]
    return PerAxis(numbers) if numbers and all(each is not None and each >= 0 for each in numbers) else None


def _like(quantity: Quantity) -> str:
    if quantity.per_axis:
        return "like 435 or 435x435"
    if quantity.unit == "s":
        return "like 10ms or 0.5s"
    if not quantity.scales:
        return "like 12.5"
    return "like 2GiB, 80MB or 5000000" if quantity.unit == "B" else "like 5M, 1.6G or 5000000"


def exceeds(number: Any, most: Any, growth: Fraction = Fraction(0)) -> bool:
    """True if a number, or along any axis one of several, is larger than `most` by more than the growth."""
    if isinstance(number, PerAxis) or isinstance(most, PerAxis):
        return _wider(number, most, growth)
    return bool(Fraction(number) > Fraction(most) * (1 + growth))


def _wider(number: Any, most: Any, growth: Fraction) -> bool:
    """`exceeds` for numbers per axis, of which none at all is without a bound."""
    if not most or not number:
        return bool(most) and not number
    sizes = most if len(most) == len(number) else [*most] + [most[-1]] * (len(number) - len(most))
    return any(exceeds(each, top, growth) for each, top in zip(number, sizes, strict=False))
