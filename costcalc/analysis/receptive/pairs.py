"""Two parts of one element: as one, if they go on alike, or compared position by position."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from costcalc.analysis.receptive.part import Digit, Part, cut, same_size, values_of
from costcalc.analysis.receptive.places import NOTHING, Range
from costcalc.spec.sizes import known


def together(a: Part, b: Part) -> Part | None:
    """Both as one part, if their positions are those of the same axes, and repeat at the same stride."""
    if a is b or (a.digits is b.digits and a == b):
        return a
    if a.digits is not b.digits and (_holds(a, b) or _holds(b, a)):
        finer, other = (a, b) if _holds(a, b) else (b, a)
        (digit,) = finer.digits
        spelled = other.along(digit.axis, digit.size)
        a, b = finer, other if spelled is None else spelled
    alike = len(a.digits) == len(b.digits) and all(
        (x.axis, x.divisor) == (y.axis, y.divisor) and same_size(x.size, y.size)
        for x, y in zip(a.digits, b.digits, strict=True)
    )
    lists = None in (a.places.shift, b.places.shift)
    around = a.around or b.around
    differ = a.around != b.around and (lists or a.around * b.around)
    places = a.places.also(b.places) if alike and not differ else None
    return None if places is None else Part(places, a.digits, a.cut or b.cut, around, a.filled or b.filled)


def _holds(finer: Part, other: Part) -> bool:
    """True if one has a single digit, the index along an axis, from which those of the other can be computed."""
    if len(finer.digits) != 1 or finer.digits[0].divisor != 1 or not other.digits:
        return False
    (digit,) = finer.digits
    return known(digit.size) and all(
        each.axis == digit.axis and known(each.size) and digit.size % (each.divisor * each.size) == 0
        for each in other.digits
    )


def widest(a: Part, b: Part) -> int | None:
    """The largest number of positions from the first of `b` to the last of `a`; None if they cannot be compared.

    Both are of the same element, which may depend on nothing by one of them.
    """
    if a is b:
        return a.places.size
    both = _cut_at(a, b), _cut_at(b, a)
    if None in both or a.number is None or b.number is None:
        return None
    if (a.around or b.around) and not in_step([a, b]):
        return None
    shared = set(both[0] or ()) & set(both[1] or ())
    lasts, firsts = _by_shared(a, both[0] or (), shared), _by_shared(b, both[1] or (), shared)
    pairs = [(lasts[key], firsts[key]) for key in lasts]
    return max(
        (last[1] - first[0] + 1 for last, first in pairs if last[0] <= last[1] and first[0] <= first[1]), default=0
    )


def in_step(parts: Sequence[Part]) -> bool:
    """True if positions are counted in one direction by all: around the end, or at a stride that goes on."""
    directions = {part.around for part in parts}
    if directions != {0}:
        return len(directions) == 1 and all(part.digits for part in parts)
    shifts = [part.places.shift for part in parts]
    return None not in shifts and len({(shift or 0) > 0 for shift in shifts}) == 1


def _by_shared(part: Part, digits: Sequence[Digit], shared: Collection[Digit]) -> Mapping[tuple[int, ...], Range]:
    ranges = part.ranges()
    order = [i for i, digit in sorted(enumerate(digits), key=lambda each: each[1]) if digit in shared]
    found: dict[tuple[int, ...], Range] = {}
    for values, (first, last) in zip(values_of(digits), ranges, strict=True):
        key = tuple([values[i] for i in order])
        low, high = found.get(key, NOTHING)
        found[key] = min(low, first), max(high, last)
    return found


def _cut_at(part: Part, other: Part) -> tuple[Digit, ...] | None:
    """The digits of a part, cut where those of the other begin and end."""
    made: list[Digit] = []
    for digit in part.digits:
        if not known(digit.size):
            return None
        end = digit.divisor * digit.size
        bounds = {d.divisor * f for d in other.digits if d.axis == digit.axis and known(d.size) for f in (1, d.size)}
        edges = [digit.divisor, *sorted(each for each in bounds if digit.divisor < each < end), end]
        pieces = cut(digit, edges)
        if pieces is None:
            return None
        made += pieces
    return tuple(made)
