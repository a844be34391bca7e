"""The longest common subsequence of two lists: what stays when one is edited into the other."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher

MOST_EDITS = 800
"""Number of insertions and removals up to which the shortest edit is looked for: its time is the square of it."""


def common(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Places (i, j) of equal elements of both lists, in order: as many as there can be, up to MOST_EDITS.

    The greedy algorithm of E. W. Myers, An O(ND) difference algorithm and its variations, Algorithmica 1, 1986. Lists
    that differ in more are matched by their longest runs, as difflib does; on repeated blocks it finds fewer.
    """
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    reached: dict[int, int] = {1: start}  # on each diagonal i - j, how far into a
    trail: list[dict[int, int]] = []
    for edits in range(MOST_EDITS):
        trail.append({})
        for diagonal in range(-edits, edits + 1, 2):
            down = diagonal == -edits or (diagonal != edits and reached[diagonal - 1] < reached[diagonal + 1])
            i = reached[diagonal + 1] if down else reached[diagonal - 1] + 1
            j = i - diagonal
            while i < len(a) and j < len(b) and a[i] == b[j]:
                i, j = i + 1, j + 1
            reached[diagonal] = trail[-1][diagonal] = i
            if i >= len(a) and j >= len(b):
                return _walked(trail, len(a), len(b))
    blocks = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    return [(block.a + k, block.b + k) for block in blocks for k in range(block.size)]


def _walked(trail: Sequence[dict[int, int]], i: int, j: int) -> list[tuple[int, int]]:
    """The diagonal steps of the way back from the end."""
    found: list[tuple[int, int]] = []
    for edits in range(len(trail) - 1, -1, -1):
        diagonal, before = i - j, trail[edits - 1] if edits else {}
        down = diagonal == -edits or (diagonal != edits and before[diagonal - 1] < before[diagonal + 1])
        origin = diagonal + 1 if down else diagonal - 1
        x = before[origin] if edits else 0
        y = x - origin if edits else 0
        turn = (x if down else x + 1) if edits else 0
        while i > turn:
            i, j = i - 1, j - 1
            found.append((i, j))
        i, j = x, y
    return found[::-1]
