"""The Pareto front: the points that no other point beats, at least as good in everything and better in something."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

import numpy

PIVOTS = 32
"""Points that thin the others out before each is compared."""


def front(costs: Any) -> Any:
    """True for each row of an array (points, objectives) that no other row beats. Less is better.

    Rows that are equal are all on the front, or none is. The numbers may be of any kind that can be ordered.
    """
    if not len(costs):
        return numpy.zeros(0, dtype=bool)
    ranks = numpy.stack([numpy.unique(column, return_inverse=True)[1] for column in numpy.asarray(costs).T])
    order = numpy.lexsort(ranks[::-1])
    rows = ranks.T[order]
    first = numpy.ones(len(rows), dtype=bool)
    first[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    group = numpy.cumsum(first) - 1
    kept = numpy.empty(len(rows), dtype=bool)
    kept[order] = _unbeaten(rows[first])[group]
    return kept


def _unbeaten(rows: Any) -> Any:
    """The front of different rows in lexicographic order: a row can only be beaten by one before it."""
    alive = numpy.ones(len(rows), dtype=bool)
    if rows.shape[1] == 1:
        alive[1:] = False
        return alive
    if rows.shape[1] == 2:
        least = numpy.minimum.accumulate(rows[:, 1])
        alive[1:] = rows[1:, 1] < least[:-1]
        return alive
    for pivot in numpy.argsort(rows.sum(axis=1))[:PIVOTS]:
        beaten = (rows >= rows[pivot]).all(axis=1)
        beaten[pivot] = False
        alive &= ~beaten
    left = numpy.flatnonzero(alive)
    alive[left] = _stairs(rows[left, 1:].tolist()) if rows.shape[1] == 3 else _one_by_one(rows[left, 1:])
    return alive


def _stairs(pairs: list[list[int]]) -> list[bool]:
    """For pairs in order: True if no pair before it is at most as large in both. A stair of unbeaten pairs is kept."""
    lefts: list[int] = []
    rights: list[int] = []
    found = []
    for left, right in pairs:
        at = bisect_right(lefts, left)
        unbeaten = not (at and rights[at - 1] <= right)
        found.append(unbeaten)
        if unbeaten:
            end = at
            while end < len(rights) and rights[end] >= right:
                end += 1
            lefts[at:end], rights[at:end] = [left], [right]
    return found


def _one_by_one(rows: Any) -> Any:
    """For rows in order: True if no row before it is at most as large in everything."""
    kept, size = numpy.empty_like(rows), 0
    found = numpy.zeros(len(rows), dtype=bool)
    for i, row in enumerate(rows):
        if not (kept[:size] <= row).all(axis=1).any():
            kept[size], size = row, size + 1
            found[i] = True
    return found
