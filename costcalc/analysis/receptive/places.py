"""Places: the range of input positions that each position along an axis depends on, and how ops widen it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import Any, NamedTuple

MOST = 1 << 14
"""Upper bound for the positions of a period or a list; with more the places are unknown."""

READ = 1 << 22
"""Upper bound for the positions that an op reads, one by one; with more the places are unknown."""

Range = tuple[int, int]
"""The first and the last of some positions."""

NOTHING: Range = (1 << 60, -1 << 60)
"""Depends on no position: a union with it changes nothing."""


class Reach(NamedTuple):
    """The positions that an op reads, along one axis: of each output position of a period.

    step  positions of the input per period of the output; None if the output has no positions but the listed ones
    """

    reads: Sequence[range]
    step: int | None

    @property
    def longest(self) -> int:
        """The most positions that an output position reads."""
        return max((read.stop - read.start) // read.step + 1 for read in self.reads)

    def of(self, position: int) -> range:
        """The positions that an output position reads."""
        periods, i = divmod(position, len(self.reads))
        read, by = self.reads[i], periods * (self.step or 0)
        return range(read.start + by, read.stop + by, read.step)

    def leaves(self, size: int, out: Any) -> bool:
        """True if one of `out` positions reads beyond an axis of this size."""
        ends = self.of(0), self.of(out - 1) if type(out) is int else None
        return None in ends or any(read.start < 0 or read.stop > size for read in ends if read)


class Places(NamedTuple):
    """Input positions, first and last, that each position of a period depends on; `shift` more for each period after.

    Padding counts as input: positions may be negative, or beyond its end. A shift of None says that there are no
    positions but the listed ones, so that what is read beyond them depends on nothing.
    """

    first: tuple[int, ...]
    last: tuple[int, ...]
    shift: int | None

    @property
    def size(self) -> int:
        """The largest number of positions, from the first to the last."""
        return max(0, *(last - first + 1 for first, last in zip(self.first, self.last, strict=True)))

    @property
    def stride(self) -> Fraction | None:
        """Positions of the input per position; None if that differs."""
        return None if self.shift is None else Fraction(self.shift, len(self.first))

    def at(self, position: int) -> Range:
        """The first and last input position that a position depends on."""
        if self.shift is None:
            return (self.first[position], self.last[position]) if 0 <= position < len(self.first) else NOTHING
        periods, i = divmod(position, len(self.first))
        return self.first[i] + periods * self.shift, self.last[i] + periods * self.shift

    def over(self, positions: range) -> Range:
        """The first and last input position that any of these positions depends on."""
        if self.shift is None:
            positions = within(positions, len(self.first))
        elif not positions:  # between windows there is nothing
            return self.at(positions.start)[0], self.at(positions.start - 1)[1]
        ends = len(self.first)  # the first and the last are those of the first and the last period
        return hull([self.at(each) for part in (positions[:ends], positions[-ends:]) for each in part])

    def through(self, reach: Reach, out: object) -> Places | None:
        """The places of `out` positions after an op of this reach; None if they are too many."""
        each = min(reach.longest, 2 * len(self.first))
        if self.shift is None or reach.step is None:
            if type(out) is not int or out > MOST or out * each > READ:
                return None
            reads = map(reach.of, range(out))
            return listed([self.over(read) if read else NOTHING for read in reads])
        length = len(self.first)
        times = length // gcd(reach.step, length)
        if times * len(reach.reads) > MOST or times * len(reach.reads) * each > READ:
            return None
        made = [self.over(reach.of(position)) for position in range(times * len(reach.reads))]
        return _places(made, self.shift * reach.step * times // length)

    def also(self, other: Places) -> Places | None:
        """Both, in one range; None if they do not have the same stride."""
        if self.shift == other.shift and len(self.first) == len(other.first):
            first, last = tuple(map(min, self.first, other.first)), tuple(map(max, self.last, other.last))
            return Places(first, last, self.shift)
        if self.stride is None or self.stride != other.stride:
            return None
        period = lcm(len(self.first), len(other.first))
        made = [hull([self.at(i), other.at(i)]) for i in range(period if period <= MOST else 0)]
        return _places(made, int(self.stride * period)) if made else None


def within(positions: range, size: int) -> range:
    """Those of these positions, in rising order, that an axis of this size has."""
    start = max(positions.start, positions.start % positions.step)
    return range(start, min(positions.stop, size), positions.step)


def hull(ranges: Sequence[Range]) -> Range:
    """From the first of all to the last of all."""
    first, last = NOTHING
    for low, high in ranges:
        first, last = low if low < first else first, high if high > last else last
    return first, last


def listed(ranges: Sequence[Range]) -> Places:
    """Places of these positions, with their period if they repeat at a stride."""
    for period in range(1, len(ranges) // 2 + 1):
        shift = ranges[period][0] - ranges[0][0]
        if shift and len(ranges) % period == 0 and _repeat(ranges, period, shift):
            return _places(ranges[:period], shift)
    return _places(ranges, None)


def _repeat(ranges: Sequence[Range], period: int, shift: int) -> bool:
    return all((a[0] + shift, a[1] + shift) == b for a, b in zip(ranges, ranges[period:], strict=False))


def _places(ranges: Sequence[Range], shift: int | None) -> Places:
    return Places(tuple(first for first, _ in ranges), tuple(last for _, last in ranges), shift)


EACH = Places((0,), (0,), 1)
"""Each position depends on itself."""


def moved(by: int, step: int = 1) -> Reach:
    """Position i reads position by + step·i."""
    return Reach([range(by, by + 1)], step)


def windows(k: int, stride: int, before: int, dilation: int) -> Reach:
    """Windows over an input that is padded by `before` positions."""
    return Reach([range(-before, (k - 1) * dilation - before + 1, dilation)], stride)


def spread(k: int, stride: int, before: int, dilation: int) -> Reach:
    """A transposed convolution: each input position is spread over a window, `before` positions are cut off."""
    reads = []
    for position in range(before, before + stride):
        read = [(position - j * dilation) // stride for j in range(k) if (position - j * dilation) % stride == 0]
        none = ceil(Fraction(position, stride))  # between windows there is nothing
        reads.append(range(min(read), max(read) + 1) if read else range(none, none))
    return Reach(reads, 1)


def adaptive(size: int, out: int) -> Reach:
    """Windows of the size that is needed, as torch's adaptive pools have them."""
    shared = gcd(size, out)
    size, out = size // shared, out // shared
    return Reach([range(i * size // out, -(-(i + 1) * size // out)) for i in range(out)], size)


def resampled(rate: Fraction, mode: str, corners: bool) -> Reach:
    """Upsampling, as in torch: `rate` input positions per output position."""
    reads = []
    for i in range(rate.denominator):
        if mode == "nearest":
            read = [i * rate.numerator // rate.denominator]
        elif mode == "nearest-exact":
            read = [floor((i + Fraction(1, 2)) * rate)]
        else:
            at = i * rate if corners else (i + Fraction(1, 2)) * rate - Fraction(1, 2)
            around = (-1, 2) if mode == "bicubic" else (0, 1)
            read = [floor(at)] if at == floor(at) else [floor(at) + each for each in around]
        reads.append(range(min(read), max(read) + 1))
    return Reach(reads, rate.numerator)


def around(by: int, size: int, out: int) -> Reach | None:
    """Position i reads position i + by, counted around the end: each of a list. None if they are too many."""
    reads = ((i + by) % size for i in range(min(out, MOST)))
    return None if out > MOST else Reach([range(each, each + 1) for each in reads], None)


def piece(before: int, size: int, total: int) -> Reach | None:
    """Positions from `before` on are those of a tensor, others of none: each of a list. None if they are too many."""
    reads = (range(each, each + 1) if 0 <= each < size else range(0) for each in range(-before, total - before))
    return None if total > MOST else Reach([*reads], None)


def slid(start: int, step: int, windows: int, size: int) -> Reach | None:
    """The positions of windows, one after the other: each of a list. None if they are too many."""
    if windows * size > MOST:
        return None
    reads = [start + step * i + j for i in range(windows) for j in range(size)]
    return Reach([range(each, each + 1) for each in reads], None)
