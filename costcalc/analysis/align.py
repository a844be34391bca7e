"""Align the layers of two models: by path, and by what they compute where paths have shifted or were renamed."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import NamedTuple

from costcalc.analysis.common import common
from costcalc.analysis.snapshot import Line

NUMBER = re.compile(r"[_@]?\d+$")
"""The number at the end of a part of a name: ``3``, ``relu_1``, ``conv@2``."""


class Pair(NamedTuple):
    """A layer of the old model and the same layer of the new one; None if it was added or removed.

    moved  True if it has kept its path and runs at another place among the other layers
    """

    old: Line | None
    new: Line | None
    moved: bool = False


def aligned(old: Sequence[Line], new: Sequence[Line]) -> list[Pair]:
    """Each layer of both once, in the order of the new model; a removed layer follows the one that it followed.

    1. Layers of equal path, unless siblings with numbers, such as those of a Sequential, were inserted or removed.
    2. Of the others, those of equal path and signature; then those of equal signature in order, which are renamed;
       then those that do the same work with other weights, such as a convolution that has lost its biases.
    3. Of the rest, those of the same op and place in the same block, in order; then those of equal path.
    """
    kept = _kept_paths(old, new)
    at = {line.name: i for i, line in enumerate(new)}
    found = {i: at[line.name] for i, line in enumerate(old) if line.name in kept}
    sure = dict(found)

    def rest() -> tuple[list[int], list[int]]:
        taken = set(found.values())
        return [i for i in range(len(old)) if i not in found], [j for j in range(len(new)) if j not in taken]

    for i in rest()[0]:
        j = at.get(old[i].name)
        if j is not None and old[i].signature == new[j].signature:
            found[i] = j
    left, right = rest()
    found |= _in_order(left, right, lambda i: old[i].signature, lambda j: new[j].signature)
    found |= _in_order(*rest(), lambda i: old[i].work, lambda j: new[j].work)
    found |= _in_blocks(old, new, found, *rest())
    left, right = rest()
    free = set(right)
    found |= {i: at[old[i].name] for i in left if at.get(old[i].name) in free}
    return _in_new_order(old, new, found, _moved(sure))


def _kept_paths(old: Sequence[Line], new: Sequence[Line]) -> set[str]:
    """Names in both models, all of whose parts have the same numbered siblings in both."""
    groups = [_siblings(old), _siblings(new)]
    both = {line.name for line in old} & {line.name for line in new}
    return {name for name in both if all(groups[0].get(each) == groups[1].get(each) for each in _groups(name))}


def _siblings(lines: Sequence[Line]) -> Mapping[tuple[str, str], set[str]]:
    """(block, stem) -> parts of names in that block with that stem: ``relu``, ``relu_1``."""
    found: dict[tuple[str, str], set[str]] = {}
    for line in lines:
        for (block, stem), part in zip(_groups(line.name), line.name.split("."), strict=True):
            found.setdefault((block, stem), set()).add(part)
    return found


def _groups(name: str) -> list[tuple[str, str]]:
    """The block and the stem of each part of a name."""
    parts = name.split(".")
    return [(".".join(parts[:depth]), NUMBER.sub("", part)) for depth, part in enumerate(parts)]


def _in_order(
    left: Sequence[int], right: Sequence[int], a: Callable[[int], Hashable], b: Callable[[int], Hashable]
) -> dict[int, int]:
    """Pairs of equal keys in the same order, as many as there can be."""
    return {left[i]: right[j] for i, j in common([a(i) for i in left], [b(j) for j in right])}


def _in_blocks(
    old: Sequence[Line], new: Sequence[Line], found: Mapping[int, int], left: Sequence[int], right: Sequence[int]
) -> dict[int, int]:
    """Pairs of the same op, stem and block that lie between the same layers, in order."""
    renamed = {_block(old[i]): _block(new[j]) for i, j in found.items() if old[i].name != new[j].name}
    blocks = {_block(line) for line in new}

    def own(line: Line, block: str | None) -> tuple[str, str, str | None]:
        return line.op, NUMBER.sub("", line.name.rpartition(".")[2]), block

    gaps: dict[int, tuple[list[int], list[int]]] = {}
    before = _before(len(old), found), _before(len(new), {j: j for j in found.values()})
    for side, indices in enumerate((left, right)):
        for i in indices:
            gaps.setdefault(before[side][i], ([], []))[side].append(i)
    made: dict[int, int] = {}
    for gap in gaps.values():
        made |= _in_order(
            *gap,
            lambda i: own(old[i], _block(old[i]) if _block(old[i]) in blocks else renamed.get(_block(old[i]))),
            lambda j: own(new[j], _block(new[j])),
        )
    return made


def _before(count: int, found: Mapping[int, int]) -> list[int]:
    """For each layer the place of the last one before it that is found; -1 if there is none."""
    places, last = [], -1
    for i in range(count):
        last = found.get(i, last)
        places.append(last)
    return places


def _block(line: Line) -> str:
    return line.name.rpartition(".")[0]


def _moved(sure: Mapping[int, int]) -> set[int]:
    """Old layers whose order has changed: those outside of the longest run that has kept it."""
    lows: list[int] = []  # the lowest last place of a run of each length
    lengths: dict[int, int] = {}
    for i in sorted(sure):
        at = bisect_left(lows, sure[i])
        lows[at : at + 1] = [sure[i]]
        lengths[i] = at + 1
    kept: set[int] = set()
    wanted, bound = len(lows), None
    for i in sorted(sure, reverse=True):
        if lengths[i] == wanted and (bound is None or sure[i] < bound):
            kept.add(i)
            wanted, bound = wanted - 1, sure[i]
    return set(sure) - kept


def _in_new_order(old: Sequence[Line], new: Sequence[Line], found: Mapping[int, int], moved: set[int]) -> list[Pair]:
    by_new = {j: i for i, j in found.items()}
    removed: dict[int, list[Line]] = {}  # after which new layer
    place = -1
    for i, line in enumerate(old):
        if i in found:
            place = found[i]
        else:
            removed.setdefault(place, []).append(line)
    pairs = [Pair(line, None) for line in removed.get(-1, [])]
    for j, line in enumerate(new):
        i = by_new.get(j, -1)
        pairs.append(Pair(old[i] if i >= 0 else None, line, i in moved))
        pairs += [Pair(gone, None) for gone in removed.get(j, [])]
    return pairs
