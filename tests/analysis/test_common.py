"""The longest common subsequence, held against its definition."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from costcalc.analysis.common import MOST_EDITS, common

LISTS = st.lists(st.integers(0, 3), max_size=12)


def longest(a: Sequence[int], b: Sequence[int]) -> int:
    """The length by the recurrence that defines it, row by row."""
    row = [0] * (len(b) + 1)
    for x in a:
        row = [0, *row]  # row[j + 1] is that of the row above
        for j, y in enumerate(b):
            row[j + 1] = row[j + 1] + 1 if x == y else max(row[j + 2], row[j])
        row.pop()
    return row[-1]


@given(LISTS, LISTS)
def test_as_many_as_there_can_be(a: list[int], b: list[int]) -> None:
    pairs = common(a, b)
    assert all(a[i] == b[j] for i, j in pairs)
    assert all(first[0] < second[0] and first[1] < second[1] for first, second in pairwise(pairs))
    assert len(pairs) == longest(a, b)


def test_repeated_blocks() -> None:
    """One element inserted into 12 equal blocks of 5: all 60 others stay."""
    a = [*range(5)] * 12
    assert len(common(a, [*a[:23], 99, *a[23:]])) == 60


def test_lists_that_have_little_in_common() -> None:
    a, b = [*range(MOST_EDITS)], [*range(MOST_EDITS - 1, 2 * MOST_EDITS)]
    assert common(a, b) == [(MOST_EDITS - 1, 0)]
