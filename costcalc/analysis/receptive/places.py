"""Places: the range of input positions that each position along an axis depends on, and how ops widen it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import NamedTuple

MOST = 4096
"""Upper bound for the positions of a period; with more the places are unknown."""


class Reach(NamedTuple):
    """The positions that an op reads, along one axis: first and last of each output position of a period.

    step  positions of the input per period of the output
    """

    ranges: Sequence[tuple[int, int]]
    step: int

    @property
    def is_shift(self) -> bool:
        """True if positions are only counted from another one."""
        return self.step == len(self.ranges) == 1 and self.ranges[0][0] == self.ranges[0][1]


class Places(NamedTuple):
    """Input positions, first and last, that each position of a period depends on; `shift` more for each period after.

    Padding counts as input: positions may be negative, or beyond its end.
    """

    first: tuple[int, ...]
    last: tuple[int, ...]
    shift: int

    @property
    def size(self) -> int:
        """The largest number of positions, from the first to the last."""
        return max(last - first + 1 for first, last in zip(self.first, self.last, strict=True))

    @property
    def stride(self) -> Fraction:
        """Positions of the input per position."""
        return Fraction(self.shift, len(self.first))

    def at(self, position: int) -> tuple[int, int]:
        """The first and last input position that a position depends on."""
        periods, i = divmod(position, len(self.first))
        return self.first[i] + periods * self.shift, self.last[i] + periods * self.shift

    def through(self, reach: Reach) -> Places | None:
        """The places after an op of this reach; None if they repeat too seldom."""
        length, step = len(self.first), reach.step
        times = length // gcd(step, length)
        if times * len(reach.ranges) > MOST:
            return None
        read = [(a + i * step, b + i * step) for i in range(times) for a, b in reach.ranges]
        first, last = [self.at(a)[0] for a, _ in read], [self.at(b)[1] for _, b in read]
        return Places(tuple(first), tuple(last), self.shift * step * times // length)

    def also(self, other: Places) -> Places | None:
        """Both, in one range; None if they have not the same stride."""
        if self.stride != other.stride:
            return None
        period = lcm(len(self.first), len(other.first))
        both = [(self.at(i), other.at(i)) for i in range(period)]
        first = tuple(min(a[0], b[0]) for a, b in both)
        return Places(first, tuple(max(a[1], b[1]) for a, b in both), int(self.stride * period))


EACH = Places((0,), (0,), 1)
"""Each position depends on itself."""


def moved(by: int) -> Reach:
    """Position i reads position i + by."""
    return Reach([(by, by)], 1)


def windows(k: int, stride: int, before: int, dilation: int) -> Reach:
    """Windows over an input that is padded by `before` positions."""
    return Reach([(-before, (k - 1) * dilation - before)], stride)


def spread(k: int, stride: int, before: int, dilation: int) -> Reach:
    """A transposed convolution: each input position is spread over a window, `before` positions are cut off."""
    ranges = []
    for position in range(before, before + stride):
        read = [(position - j * dilation) // stride for j in range(k) if (position - j * dilation) % stride == 0]
        none = ceil(Fraction(position, stride))  # between windows there is nothing
        ranges.append((min(read), max(read)) if read else (none, none - 1))
    return Reach(ranges, 1)


def adaptive(size: int, out: int) -> Reach:
    """Windows of the size that is needed, as torch's adaptive pools have them."""
    shared = gcd(size, out)
    size, out = size // shared, out // shared
    return Reach([(i * size // out, -(-(i + 1) * size // out) - 1) for i in range(out)], size)


def resampled(rate: Fraction, mode: str, corners: bool) -> Reach:
    """Upsampling, as in torch: `rate` input positions per output position."""
    ranges = []
    for i in range(rate.denominator):
        if mode == "nearest":
            read = [i * rate.numerator // rate.denominator]
        elif mode == "nearest-exact":
            read = [floor((i + Fraction(1, 2)) * rate)]
        else:
            at = i * rate if corners else (i + Fraction(1, 2)) * rate - Fraction(1, 2)
            around = (-1, 2) if mode == "bicubic" else (0, 1)
            read = [floor(at)] if at == floor(at) else [floor(at) + each for each in around]
        ranges.append((min(read), max(read)))
    return Reach(ranges, rate.numerator)
