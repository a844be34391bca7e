"""Part: what an element depends on by one path, where the positions may be cut into digits on several axes.

A reshape cuts the positions along an axis into windows: position p = 7·q + r of an axis of 56 is (q, r) on axes of 8
and 7, as a number is its digits. A permutation moves the digits, and another reshape puts them together again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise, product
from math import prod
from typing import Any, NamedTuple

from costcalc.analysis.receptive.places import MOST, NOTHING, READ, Places, Range, Reach, hull, listed, within
from costcalc.spec.sizes import known


class Digit(NamedTuple):
    """A digit of a position, that an index of a tensor holds: index[axis] // divisor % size."""

    axis: int
    divisor: int
    size: Any


class Part(NamedTuple):
    """An element depends on ``places.at(p)``; the digits of p are in its index, the highest first.

    cut     True if positions of the input may have been left out, by a slice for one
    around  1 if positions before the beginning may be those at the end, after a roll or circular padding; -1 if they
            are then counted backwards; otherwise 0
    filled  True if padding may hold elements of the input, as by reflection
    """

    places: Places
    digits: tuple[Digit, ...]
    cut: bool = False
    around: int = 0
    filled: bool = False

    @property
    def axes(self) -> set[int]:
        """Axes whose index the places depend on."""
        return {digit.axis for digit in self.digits}

    @property
    def number(self) -> int | None:
        """The number of positions; None if it is not known, or too large."""
        sizes = [digit.size for digit in self.digits]
        return prod(sizes) if all(map(known, sizes)) and prod(sizes) <= MOST else None

    def ranges(self) -> list[Range]:
        """The places of each position, of those that can be counted."""
        return [self.places.at(position) for position in range(self.number or 0)]

    def renumbered(self, number: Callable[[int], int | None]) -> Part | None:
        """The same in a tensor whose axes have other numbers; None for an axis that has a single position."""
        if all(number(digit.axis) == digit.axis for digit in self.digits):
            return self
        digits, kept = [], []
        for digit in self.digits:
            axis = number(digit.axis)
            digits.append(digit if axis is None else digit._replace(axis=axis))
            kept.append(axis is not None)
        if all(kept):
            return self._replace(digits=tuple(digits)).tidy()
        return self._replace(digits=tuple(digits)).without([i for i, each in enumerate(kept) if not each])

    def without(self, left_out: Collection[int]) -> Part | None:
        """An element depends on all values of these digits, by their number. None if they cannot be counted."""
        kept = tuple(digit for i, digit in enumerate(self.digits) if i not in left_out)
        if not kept and self.digits and all(known(d.size) and d.size == 1 for d in self.digits):
            return self.of([self.places.at(0)], ())
        if self.number is None:
            return None
        gathered: dict[tuple[int, ...], list[Range]] = {}
        for values, range_ in zip(values_of(self.digits), self.ranges(), strict=True):
            key = tuple(value for i, value in enumerate(values) if i not in left_out)
            gathered.setdefault(key, []).append(range_)
        return self.of([hull(each) for each in gathered.values()], kept)

    def inside(self, length: int) -> Part:
        """The same without positions beyond an input of this length, if the positions can be counted."""
        if self.around or self.number is None:
            return self
        ranges = [(max(first, 0), min(last, length - 1)) for first, last in self.ranges()]
        return self._replace(places=listed([each if each[0] <= each[1] else NOTHING for each in ranges]))

    def of(self, ranges: Sequence[Range], digits: Sequence[Digit]) -> Part:
        """A part with these ranges, in the order of the digits."""
        return self._replace(places=listed(ranges), digits=tuple(digits)).tidy()

    def tidy(self) -> Part:
        """The same with digits in the order of the axes; those that belong together are one."""
        ordered = sorted(self.digits, key=lambda digit: (digit.axis, -digit.divisor))
        part = self
        if ordered != list(self.digits):
            moved = self.spelled(ordered)
            if moved is None:
                return self
            part = moved
        digits: list[Digit] = []
        for digit in part.digits:
            above = digits[-1] if digits else None
            if above and above.axis == digit.axis and above.divisor == digit.divisor * digit.size:
                digits[-1] = Digit(digit.axis, digit.divisor, above.size * digit.size)
            else:
                digits.append(digit)
        return part._replace(digits=tuple(digits))

    def spelled(self, digits: Sequence[Digit]) -> Part | None:
        """The same with other digits, from which the own ones can be computed; None if they are too many."""
        sizes = [digit.size for digit in digits]
        if not all(map(known, sizes)) or prod(sizes) > MOST or self.number is None:
            return None
        made = []
        for values in values_of(digits):
            index: dict[int, int] = {}
            for digit, value in zip(digits, values, strict=True):
                index[digit.axis] = index.get(digit.axis, 0) + value * digit.divisor
            position = 0
            for digit in self.digits:
                position = position * digit.size + index[digit.axis] // digit.divisor % digit.size
            made.append(self.places.at(position))
        return self._replace(places=listed(made), digits=tuple(digits))

    def cut_digit(self, whole: Digit, into: Sequence[Digit]) -> Part:
        """The same with a digit in pieces, the highest first, if it has that digit."""
        digits = [each for digit in self.digits for each in (into if digit == whole else [digit])]
        return self._replace(digits=tuple(digits)).tidy()

    def along(self, axis: int, size: Any) -> Part | None:
        """The same with a single digit for an axis of this size, which it lies along."""
        own = [digit for digit in self.digits if digit.axis == axis]
        if len(own) == 1 and own[0].divisor == 1 and same_size(own[0].size, size):
            return self
        others = [digit for digit in self.digits if digit.axis != axis]
        return self.spelled(sorted([*others, Digit(axis, 1, size)]))

    def read_by(self, axis: int, size: Any, out: Any, reach: Reach | None) -> Part | None:
        """Positions along an axis of the tensor are read by an op of this reach; None: unknown."""
        if axis not in self.axes:
            return self
        whole = self.along(axis, size) if reach is not None else None
        if whole is None or reach is None:
            return None
        if reach.step is not None and reach.step < 0:
            whole = whole._replace(around=-whole.around)
        i = next(i for i, digit in enumerate(whole.digits) if digit.axis == axis)
        digits = (*whole.digits[:i], Digit(axis, 1, out), *whole.digits[i + 1 :])
        if len(digits) == 1:
            places = whole.places
            if known(size) and 1 < size <= len(places.first) and reach.leaves(size, out):
                places = places._replace(shift=None)  # a period is seen once: what comes after it is not known
            made = places.through(reach, out)
            return None if made is None else whole._replace(places=made, digits=digits)
        sizes = [digit.size for digit in digits]
        if whole.number is None or not known(out) or prod(sizes) * min(reach.longest, size) > READ:
            return None
        ranges, after = whole.ranges(), prod(digit.size for digit in digits[i + 1 :])
        ranges_made = []
        for before, position, low in product(range(prod(d.size for d in digits[:i])), range(out), range(after)):
            read = within(reach.of(position), size)
            ranges_made.append(hull([ranges[(before * size + each) * after + low] for each in read]))
        return whole.of(ranges_made, digits)


def values_of(digits: Sequence[Digit]) -> Iterator[tuple[int, ...]]:
    return product(*(range(digit.size) for digit in digits))


def same_size(a: Any, b: Any) -> bool:
    return not known(a) or not known(b) or bool(a == b)


def cut(digit: Digit, edges: Sequence[int]) -> list[Digit] | None:
    """A digit cut at these divisors, the highest first; None if one does not divide the next."""
    pieces = []
    for low, high in pairwise(edges):
        if high % low:
            return None
        pieces.append(Digit(digit.axis, low, high // low))
    return pieces[::-1]
