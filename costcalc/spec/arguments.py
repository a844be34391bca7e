"""Checks of a caller's arguments. Each returns the value as a plain Python object, or raises an error.

All raise SpecError: ``batch='2' must be a positive integer``. numpy integers are integers; True and False are not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from operator import index
from os import fsencode
from typing import Any, TypeVar

from costcalc.spec.errors import SpecError
from costcalc.spec.near import hinted
from costcalc.spec.numbers import is_fraction
from costcalc.spec.printable import shown as shown
from costcalc.spec.sizes import is_size

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
Check = Callable[[str, Any], Any]
"""Takes the name of an argument and its value; returns the checked value."""

LARGEST = 10**100
"""Upper bound of an integer, so that Python can still print the total of a network."""

LONGEST = 4096
"""Upper bound for the characters of a path and the numbers of a range."""


def wrong(name: str, value: Any, right: str) -> SpecError:
    """The SpecError for an invalid argument: ``name=value must be right``."""
    return SpecError(f"{name}={shown(value)} must be {right}")


def as_integer(value: Any) -> int | None:
    """The value as an int if Python accepts it as an index; None for booleans and values that are not integers."""
    if type(value) is int:
        return value
    try:
        return None if isinstance(value, bool) or str(_of(value, "dtype")).endswith("bool") else int(index(value))
    except Exception:
        return None


def is_shape(value: Any) -> bool:
    """True for a list or tuple of positive integers, including an empty one."""
    return isinstance(value, list | tuple) and all((as_integer(size) or 0) > 0 for size in value)


def integer(name: str, value: Any, least: int | None = None) -> int:
    """Check for an integer of at least `least`."""
    found = as_integer(value)
    if found is None or (least is not None and found < least):
        raise wrong(name, value, "a positive integer" if least == 1 else f"an integer{_at_least(least)}")
    if abs(found) > LARGEST:
        raise wrong(name, value, "an integer of at most 100 digits")
    return found


def size(name: str, value: Any, least: int | None = 1) -> Any:
    """Check for a size of an axis: an integer of at least `least`, an array of integers or a symbol."""
    return value if as_integer(value) is None and stands_for_integers(value) else integer(name, value, least)


def stands_for_integers(value: Any) -> bool:
    """True for an array of integers and for a sympy expression that may be one. Imports neither library."""
    try:
        return as_integer(value) is None and is_size(value)
    except Exception:  # of its own __getattr__
        return False


def shape(name: str, value: Any, like: Sequence[int], check: Callable[..., Any] = integer) -> tuple[Any, ...]:
    """Check for a list or tuple of sizes, each at least 1."""
    try:
        return tuple([check(name, each, 1) for each in listed(name, value, "")])
    except SpecError:
        raise wrong(name, value, f"a tuple of positive integers, like {tuple(like)}") from None


def integers(name: str, value: Any, least: int | None = None, check: Callable[..., Any] = integer) -> tuple[Any, ...]:
    """Check for a list or tuple of integers, each at least `least`."""
    try:
        return tuple([check(name, each, least) for each in listed(name, value, "")])
    except SpecError:
        raise wrong(name, value, f"integers{_at_least(least)}") from None


def factor(name: str, value: Any) -> Any:
    """Check for a factor of a count: an integer, a Fraction, an array of integers or a symbol."""
    found = as_integer(value)
    if found is not None:
        return integer(name, found)
    if not is_fraction(value) and not stands_for_integers(value):
        raise wrong(name, value, "an integer or a Fraction")
    return value


def number(name: str, value: Any) -> float:
    """Check for a real number: an int or a float."""
    if type(value) is int or type(value) is float:
        return value
    if isinstance(value, bool) or not isinstance(value, Real):
        raise wrong(name, value, "a number")
    return float(value)


def flag(name: str, value: Any) -> bool:
    """Check for True or False, including numpy's."""
    if type(value) is bool:
        return value
    if _of(_of(value, "dtype"), "kind") == "b" and _of(value, "ndim") == 0:
        return bool(value)
    raise wrong(name, value, "True or False")


def text(name: str, value: Any) -> str:
    """Check for a string."""
    if not isinstance(value, str):
        raise wrong(name, value, "a text")
    return value


def one_of(name: str, value: Any, choices: Sequence[str]) -> str:
    """Check for one of a few strings."""
    if not isinstance(value, str) or value not in choices:
        right = ("one of " if len(choices) > 2 else "") + " or ".join(map(repr, choices))
        raise wrong(name, value, hinted(right, value, choices))
    return value


def file_name(name: str, value: Any) -> str:
    """Check for a string that can be a file name."""
    said = text(name, value)
    try:
        right = b"\0" not in fsencode(said) and len(said) <= LONGEST
    except UnicodeEncodeError:  # a lone surrogate
        right = False
    if not right:
        raise wrong(name, value, f"a name that a file can have: at most {LONGEST:,} characters, and none of them NUL")
    return said


def layer_name(name: str, value: Any) -> str:
    """Check for a name of a layer or block, with dots between its parts. "@" is reserved for uses of shared layers."""
    said = text(name, value)
    if "@" in said or not said.isprintable() or not all(said.split(".")):
        raise wrong(name, value, "printable, without '@' and without empty parts between dots")
    return said


def listed(name: str, value: Any, right: str) -> Sequence[Any]:
    """Check for a list or tuple, or a range like ``axes=range(2, 4)``."""
    if isinstance(value, range) and not value[LONGEST:]:
        return tuple(value)
    if not isinstance(value, list | tuple):
        raise wrong(name, value, right)
    return value


def mapping(name: str, value: Any, right: str) -> dict[str, Any]:
    """Check for a dict with string keys."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise wrong(name, value, right)
    return dict(value)


def instance(name: str, value: Any, kind: type[T], right: str) -> T:
    """Check for an instance of a class."""
    if not isinstance(value, kind):
        raise wrong(name, value, right)
    return value


def function(name: str, value: F) -> F:
    """Check for a callable."""
    if not callable(value):
        raise wrong(name, value, "a function")
    return value


def optional(check: Callable[..., T], name: str, value: Any, *more: Any) -> T | None:
    """None if the value is None, otherwise the result of the check."""
    return None if value is None else check(name, value, *more)


def _of(value: Any, attribute: str) -> Any:
    """An attribute; None if the object does not have it."""
    try:
        return getattr(value, attribute, None)
    except Exception:  # of its own __getattr__
        return None


def _at_least(least: int | None) -> str:
    return "" if least is None else f" of at least {least}"
