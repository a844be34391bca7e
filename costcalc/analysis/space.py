"""Space: the points of a search. Each free setting has its values; a point is one value of each.

Points have numbers, the last axis fastest. A block of points is a box: its settings are arrays that broadcast.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy

from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError
from costcalc.spec.exact import ExactArray

MOST_VALUES = 10**6
"""Largest number of values of a setting."""

LARGEST_TOGETHER = 2**26
"""Most combinations of settings that are listed because conditions on these settings alone leave few of them."""

BLOCK = 2**18
"""Most points of a block: a few arrays of so many integers fit in a processor's cache."""

GRAPHS = 64
"""Most graphs of a block: points that differ in more than sizes have a graph each."""

NUMBER = re.compile(r"-?\d+(\.\d+)?")


def values_of(name: str, given: Any) -> list[Any]:
    """The values of a free setting: of a list or range, or of a text like ``16:384:16``, ``0,1,2`` or ``0.5:1.5:0.25``.

    The end of a range is included. Raises CostcalcError for a text that is none of these, and for no value.
    """
    if isinstance(given, str):
        found = [value for part in given.split(",") for value in _range(name, part.strip())]
    else:
        if isinstance(given, range) and len(given) > MOST_VALUES:
            raise _too_many(name)
        found = list(
            given if isinstance(given, range) else arguments.listed(name, given, "a list of values or a range")
        )
    if not found or len(found) > MOST_VALUES:
        raise _too_many(name)
    return list(dict.fromkeys(found)) if all(isinstance(each, int | float | str) for each in found) else found


def _range(name: str, text: str) -> Sequence[Any]:
    parts = text.split(":")
    if len(parts) == 1 and text:
        return [_value(text)]
    if len(parts) not in (2, 3) or not all(NUMBER.fullmatch(part) for part in parts):
        raise CostcalcError(
            f"{name}={text!r} is not a range; expected FIRST:LAST:STEP, like 16:384:16, or values: 0,1,2"
        )
    first, last, step = map(Decimal, [*parts, "1"][:3])
    if len(parts) == 2 and "." in text:
        raise CostcalcError(f"{name}={text}: a range of decimals needs its step, like 0.5:1.5:0.25")
    if step <= 0 or last < first:
        raise CostcalcError(f"{name}={text}: expected FIRST:LAST:STEP with FIRST <= LAST and a step above 0")
    count = int((last - first) / step) + 1
    if count > MOST_VALUES:
        raise _too_many(name)
    return [(float if "." in text else int)(first + i * step) for i in range(count)]


def _value(text: str) -> Any:
    """An integer, a decimal, True or False, or the text; digits after a leading zero are a text."""
    if NUMBER.fullmatch(text) and not re.match(r"-?0\d", text):
        return float(text) if "." in text else int(text)
    return {"True": True, "False": False}.get(text, text)


def _too_many(name: str) -> CostcalcError:
    return CostcalcError(f"{name} needs at least one value, and at most {MOST_VALUES:,}")


@dataclass(frozen=True, eq=False)
class Axis:
    """Settings that vary together, with as many values each: one setting, or those that a condition ties together.

    sizes  True if a graph can be built with arrays of its values
    """

    names: tuple[str, ...]
    columns: tuple[Any, ...]
    sizes: bool = False

    def __len__(self) -> int:
        return len(self.columns[0])

    @cached_property
    def integers(self) -> bool:
        """True if all values are integers of 64 bits."""
        return all(
            type(value) is int and abs(value) < 2**63 for column in self.columns for value in map(_plain, column)
        )

    def at(self, place: int) -> dict[str, Any]:
        """The values at a place."""
        return {name: _plain(column[place]) for name, column in zip(self.names, self.columns, strict=True)}


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, numpy.integer) else value


class Space:
    """All combinations of the values of some axes; those whose values are sizes come last."""

    def __init__(self, axes: Sequence[Axis]) -> None:
        self.axes = tuple(sorted(axes, key=lambda axis: axis.sizes))

    def __len__(self) -> int:
        return math.prod(map(len, self.axes))

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The number of values along each axis."""
        return tuple(map(len, self.axes))

    @cached_property
    def _block(self) -> tuple[int, int, int]:
        """The points below one step along the axis that is cut, its length, and the steps of a block."""
        inner, graphs = 1, 1
        for axis in reversed(self.axes):
            length = len(axis)
            most = BLOCK // inner if axis.sizes else min(BLOCK // inner, GRAPHS // graphs)
            if length > most:
                return inner, length, max(1, most)
            inner, graphs = inner * length, graphs * (1 if axis.sizes else length)
        return inner, 1, 1

    @property
    def starts(self) -> range:
        """Numbers of the blocks, in order."""
        if not len(self):
            return range(0)
        inner, length, steps = self._block
        return range(len(self) // (inner * length) * -(-length // steps))

    def block(self, number: int) -> range:
        """The points of a block."""
        inner, length, steps = self._block
        outer, cut = divmod(number, -(-length // steps))
        first = outer * length + cut * steps
        return range(first * inner, min(first + steps, (outer + 1) * length) * inner)

    def point(self, number: int) -> dict[str, Any]:
        """The settings of a point."""
        found: dict[str, Any] = {}
        for axis in reversed(self.axes):
            number, place = divmod(number, len(axis))
            found = {**axis.at(place), **found}
        return found

    def box(self, block: range) -> list[range]:
        """The places of a block along each axis."""
        places, start, stop, below = [], block.start, block.stop, len(self)
        for length in self.shape:
            below //= length
            first, last = start // below, (stop - 1) // below
            places.append(range(first, last + 1))
            start, stop = (0, below) if last > first else (start - first * below, stop - first * below)
        return places

    def halves(self, block: range) -> tuple[range, range]:
        """A block in two, along the first axis with several places."""
        below = len(self)
        for places, length in zip(self.box(block), self.shape, strict=True):
            below //= length
            if len(places) > 1:
                middle = block.start + len(places) // 2 * below
                return range(block.start, middle), range(middle, block.stop)
        raise ValueError("a block of one point has no halves")

    def at(self, block: range) -> tuple[dict[str, Any], tuple[int, ...]]:
        """The settings of a block, as values and as arrays that broadcast to its shape; and that shape."""
        box, found = self.box(block), {}
        for i, (axis, places) in enumerate(zip(self.axes, box, strict=True)):
            if len(places) == 1:
                found.update(axis.at(places.start))
                continue
            along = (1,) * i + (-1,) + (1,) * (len(box) - i - 1)
            for name, column in zip(axis.names, axis.columns, strict=True):
                values = numpy.asarray(column[places.start : places.stop])
                found[name] = ExactArray.of(values.reshape(along))
        return found, tuple(map(len, box))

    def varies(self, block: range, sizes: bool) -> bool:
        """True if axes that are sizes (or those that are not) have several places in a block."""
        return any(len(p) > 1 and axis.sizes == sizes for axis, p in zip(self.axes, self.box(block), strict=True))


def tied(axes: Sequence[Axis], condition: Callable[[Mapping[str, Any]], Any], names: frozenset[str]) -> list[Axis]:
    """The axes, those of these names as one: the combinations that satisfy a condition on them alone.

    They stay as they are if there are too many combinations to list.
    """
    mine = [axis for axis in axes if names.intersection(axis.names)]
    grid = Space([replace(axis, sizes=True) for axis in mine])  # a condition takes arrays, and builds no graph
    if len(grid) > LARGEST_TOGETHER or not all(axis.integers for axis in mine):
        return list(axes)
    kept = []
    for number in grid.starts:
        block = grid.block(number)
        values, shape = grid.at(block)
        truths = numpy.broadcast_to(condition(values), shape)
        kept.append(block.start + numpy.flatnonzero(truths))
    places = numpy.unravel_index(numpy.concatenate(kept), grid.shape)
    columns = [(name, numpy.asarray(column, dtype="int64")[place])
               for axis, place in zip(grid.axes, places, strict=True)
               for name, column in zip(axis.names, axis.columns, strict=True)]  # fmt: skip
    one = Axis(tuple(name for name, _ in columns), tuple(column for _, column in columns))
    first = next(i for i, axis in enumerate(axes) if axis in mine)
    return [one if i == first else axis for i, axis in enumerate(axes) if i == first or axis not in mine]
