"""Fields in another shape: the digits of positions move to the axes that hold the same elements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod

from costcalc.analysis.receptive.field import Fields, Source, each_part, unknown
from costcalc.analysis.receptive.part import Digit, Part, cut
from costcalc.spec.shapes import Shape, numel
from costcalc.spec.sizes import known

Strides = Mapping[int, int]
"""Axes of a group, and how many elements of the group lie between two positions of each."""


def regrouped(fields: Fields, before: Shape, after: Shape) -> Fields:
    """The same elements in another shape."""
    i = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after)))
    if not all(map(known, (*before[i:], *after[i:]))):
        return unknown([fields])
    if numel(before[i:]) != numel(after[i:]) or not numel(before[i:]):
        return unknown([fields])
    groups = [(_strides(left, before), _strides(right, after)) for left, right in _groups(before, after, i)]

    def one(part: Part, source: Source) -> Part | None:
        for whole in (part, *_along_each(part, before)):  # a digit of 8 is not one of an axis of 7, but all of 56 is
            digits = [[digit] if digit.axis < i else _moved(digit, groups, after) for digit in whole.digits]
            if None not in digits:
                return _with(whole, [digit for pieces in digits for digit in pieces or ()])
        return None

    return each_part(fields, one)


def _along_each(part: Part, shape: Shape) -> Iterator[Part]:
    """The part with one digit for each axis that it lies along, if it can be spelled out."""
    whole: Part | None = part
    for axis in part.axes:
        whole = whole and whole.along(axis, shape[axis])
    if whole is not None:
        yield whole


def _with(part: Part, digits: Sequence[Digit]) -> Part:
    """The part with these digits, which are together as large as its own."""
    alone = not digits and part.digits
    return part.of([part.places.at(0)], ()) if alone else part._replace(digits=tuple(digits)).tidy()


def _groups(before: Shape, after: Shape, start: int) -> list[tuple[list[int], list[int]]]:
    """Axes that hold the same elements before and after, as few together as possible, from an axis on."""
    i = j = start
    groups = []
    while i < len(before) or j < len(after):
        left, right = [i] if i < len(before) else [], [j] if j < len(after) else []
        i, j = i + len(left), j + len(right)
        a, b = before[left[0]] if left else 1, after[right[0]] if right else 1
        while a != b:
            if a < b:
                a, i = a * before[i], i + 1
                left.append(i - 1)
            else:
                b, j = b * after[j], j + 1
                right.append(j - 1)
        groups.append((left, right))
    return groups


def _strides(axes: Sequence[int], shape: Shape) -> Strides:
    return {axis: prod(shape[each] for each in axes if each > axis) for axis in axes}


def _moved(digit: Digit, groups: Sequence[tuple[Strides, Strides]], after: Shape) -> list[Digit] | None:
    """The digits on the new axes that are together as large as a digit, the highest first; None if there are none."""
    left, right = next(each for each in groups if digit.axis in each[0])
    if digit.size == 1:
        return [Digit(next(iter(right)), 1, 1)] if len(left) == len(right) == 1 else []
    low = left[digit.axis] * digit.divisor
    high = low * digit.size
    bounds = sorted({stride for stride in right.values() if low < stride < high})
    pieces = cut(Digit(0, low, digit.size), [low, *bounds, high])
    made = []
    for piece in pieces or ():
        axis = next(axis for axis in right if right[axis] <= piece.divisor and after[axis] > 1)
        stride, end = right[axis], right[axis] * after[axis]
        if piece.divisor % stride or end % (piece.divisor * piece.size):
            return None
        made.append(Digit(axis, piece.divisor // stride, piece.size))
    return made or None
