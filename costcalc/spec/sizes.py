"""Sizes and questions about them: ints, arrays of ints (a sweep) and symbols of sympy (a closed form).

`known`, `holds` and `decided` are the only functions that test if a size is a number or a comparison true.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from costcalc.spec import exact
from costcalc.spec.errors import SpecError
from costcalc.spec.exact import ExactArray
from costcalc.spec.numbers import larger
from costcalc.spec.truths import Truths, Undecided

Shape = tuple[Any, ...]
"""Sizes by axis, batch first: ints, arrays of ints or symbols."""

OPEN: ContextVar[list[Any] | None] = ContextVar("OPEN", default=None)
"""Collects the conditions of `holds` that symbols leave open: see `open_conditions`."""

AT: ContextVar[dict[Any, int] | None] = ContextVar("AT", default=None)
"""Values of symbols at which open conditions of `decided` are decided: see `deciding_at`."""

FAILING: ContextVar[Failing | None] = ContextVar("FAILING", default=None)
"""Collects the elements of arrays that break a condition of `holds`: see `failing_elements`."""


class Failing:
    """The elements of arrays of sizes at which a network cannot be built: an array of bool, or False for none."""

    def __init__(self) -> None:
        self.elements: Any = False


def known(size: Any) -> bool:
    """True if a size is a number, False if it is an array or a symbol."""
    return type(size) is int


def symbolic(size: Any) -> bool:
    """True for a sympy expression."""
    return type(size) is not int and hasattr(type(size), "free_symbols")


def as_size(value: Any) -> Any:
    """Convert a size to the form that rules take: an int, an `ExactArray` or a symbol.

    Raises SpecError for anything else.
    """
    if type(value) is int or type(value) is ExactArray:
        return value
    made = exact.number(value)
    if isinstance(made, int) and not isinstance(made, bool):
        return int(made)
    if symbolic(made):
        if getattr(made, "is_Integer", False):
            return int(made)
        if made.is_integer is not False:
            return made
    if type(made) is ExactArray:
        return made
    raise SpecError(f"invalid size {value!r}: expected an integer, an array of integers or a symbol")


def is_size(value: Any) -> bool:
    """True if `as_size` accepts the value."""
    try:
        as_size(value)
    except SpecError:
        return False
    return True


def as_sizes(shapes: Sequence[Sequence[Any]]) -> tuple[Shape, ...]:
    """Convert the sizes of shapes. Raises SpecError for invalid sizes and arrays that do not broadcast."""
    made = tuple(tuple(map(as_size, shape)) for shape in shapes)
    exact.shape_of([size for shape in made for size in shape if type(size) is ExactArray])
    return made


@contextmanager
def open_conditions() -> Iterator[list[Any]]:
    """Collect the conditions of `holds` that symbols leave open."""
    found: list[Any] = []
    before = OPEN.set(found)
    try:
        yield found
    finally:
        OPEN.reset(before)


@contextmanager
def deciding_at(values: dict[Any, int]) -> Iterator[None]:
    """Let `decided` take the branch that these values of the symbols take, and keep its condition as `holds` does."""
    before = AT.set(values)
    try:
        yield
    finally:
        AT.reset(before)


@contextmanager
def failing_elements() -> Iterator[Failing]:
    """Collect the elements of arrays that break a condition of `holds`, in place of an error.

    The numbers of these elements mean nothing: build again without them.
    """
    found = Failing()
    before = FAILING.set(found)
    try:
        yield found
    finally:
        FAILING.reset(before)


def holds(condition: Any) -> bool:
    """True if a condition of a rule holds, for every element of an array.

    A condition that a symbol leaves open is assumed to hold, and kept with the graph (`Facts.conditions`). Raises
    Undecided if only some elements of an array satisfy it and no caller collects failing elements, or if it is open and
    no caller collects conditions.
    """
    if type(condition) is bool:
        return condition
    if type(condition) is Truths:
        if condition.values.all():
            return True
        failing = FAILING.get()
        if failing is None:
            raise condition.undecided()
        failing.elements = failing.elements | ~condition.values
        return True
    found = _truth(condition)
    if found is None:
        kept = OPEN.get()
        if kept is None:
            raise Undecided(f"this depends on whether {condition}")
        kept.append(condition)
        return True
    return found


def assumed(condition: Any) -> None:
    """Keep a condition of symbols that a number assumes, if a caller collects conditions: see `open_conditions`."""
    kept = OPEN.get()
    if kept is not None and symbolic(condition) and _truth(condition) is None:
        kept.append(condition)


def decided(condition: Any) -> bool:
    """The truth of a condition on which a rule branches.

    Raises Undecided if elements of an array differ, or a symbol leaves the condition open (but see `deciding_at`).
    """
    found = _truth(condition)
    if found is None:
        at, kept = AT.get(), OPEN.get()
        found = _truth(condition.subs(at)) if at is not None and kept is not None else None
        if found is None or kept is None:
            raise Undecided(f"this depends on whether {condition}")
        kept.append(condition if found else ~condition)
    return found


def _truth(condition: Any) -> bool | None:
    """The truth of a condition; None if symbols leave it open. (Python's bool is true for some open ones of sympy.)"""
    if symbolic(condition):
        return True if condition == True else False if condition == False else None  # noqa: E712
    return bool(condition)


def equal(a: Any, b: Any) -> Any:
    """The condition that two sizes are equal."""
    if type(a) is int and type(b) is int:
        return a == b
    if symbolic(a) or symbolic(b):
        _not_mixed(a, b)
        return True if a == b else sys.modules["sympy"].Eq(a, b)
    return a == b


def unequal(a: Any, b: Any) -> Any:
    """The condition that two sizes differ."""
    condition = equal(a, b)
    return ~condition if symbolic(condition) or type(condition) is Truths else not condition


def agree(a: Shape, b: Shape) -> bool:
    """True if two shapes are equal, as a condition of a rule (see `holds`)."""
    return len(a) == len(b) and all(holds(equal(m, n)) for m, n in zip(a, b, strict=True))


def divides(part: int, whole: Any) -> bool:
    """True if a size is a multiple of `part`, as a condition of a rule (see `holds`)."""
    return holds(equal(whole % part, 0))


def positive(setting: str, value: Any) -> None:
    """Raises SpecError if a setting is not a size of at least 1."""
    if not (is_size(value) and holds(value >= 1)):
        raise SpecError(f"{setting}={value!r} must be a positive integer")


def together(a: Any, b: Any) -> Any:
    """The size of an axis that two tensors broadcast to; None if they cannot."""
    if known(a) and known(b):
        return b if a == 1 else a if b in (1, a) else None
    if type(a) is ExactArray or type(b) is ExactArray:
        return larger(a, b) if holds(_same_or_one(a, b)) else None
    if a == b or (known(b) and b == 1):
        return a
    if known(a) and a == 1:
        return b
    number, other = (a, b) if known(a) else (b, a)
    if known(number):  # a symbol beside a number is equal to it, or 1: the axis has the same size either way
        return number if holds(equal(other, 1) | equal(other, number)) else None
    return a if holds(equal(a, b)) else None


def _same_or_one(a: Any, b: Any) -> Any:
    _not_mixed(a, b)
    first: Any = a == b
    return first | (a == 1) | (b == 1)


def _not_mixed(a: Any, b: Any) -> None:
    if type(a) is ExactArray or type(b) is ExactArray:
        for each in (a, b):
            if symbolic(each):
                raise SpecError(exact.MIXED)
