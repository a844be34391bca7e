"""The part of a block's layout that does not depend on folds: a row and a column for each child, lanes for edges.

Rows are ranks: a child lies below all that it reads. A child takes the column of what it reads, if that is free, so
that branches run straight down. An edge over several rows runs in the free column below its source, otherwise in a lane
beside the columns: one lane for all edges of a source, a bus. No edge adds anything to the rows that it passes, which
is why dense blocks of hundreds of edges stay small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from costcalc.report.page.edges import End, Inside


class Route(NamedTuple):
    """An edge: its ends, and the lane that it runs in; -1 straight down, or to the next row."""

    start: End
    end: End
    lane: int


class Layout(NamedTuple):
    """Where the items of a block lie: its children, then its input ports, then its output ports.

    rows, columns  of each item
    alone          of each row: True if nothing else is in it, and no edge from it passes the next row, so that its item
                   can lie in the middle
    lanes          their number
    """

    inputs: int
    outputs: int
    rows: Sequence[int]
    columns: Sequence[int]
    alone: Sequence[bool]
    lanes: int
    routes: Sequence[Route]


def layout(inside: Inside) -> Layout:
    """The layout of a block's children and ports."""
    items = inside.children + inside.inputs + inside.outputs
    reads: list[list[int]] = [[] for _ in range(items)]
    read_by: list[list[int]] = [[] for _ in range(items)]
    for start, end in inside.edges:
        if start.item not in reads[end.item]:
            reads[end.item].append(start.item)
            read_by[start.item].append(end.item)
    rows = _rows(inside, reads, read_by)
    columns, taken = _columns(rows, reads, read_by)
    passes = {rows[item] for item, readers in enumerate(read_by) if _first(rows, readers) > rows[item] + 1}
    alone = [len(taken[row]) == 1 and row not in passes for row in range(len(taken))]
    lanes, routes = _routes(inside.edges, rows, read_by)
    return Layout(inside.inputs, inside.outputs, rows, columns, alone, lanes, routes)


def _rows(inside: Inside, reads: Sequence[list[int]], read_by: Sequence[list[int]]) -> list[int]:
    """The row of each item: input ports in the first, output ports in the last; each item as high as it can be.

    A child that reads nothing, such as a parameter, lies just above what reads it.
    """
    first, last = inside.children, inside.children + inside.inputs
    rows = [0] * len(reads)
    least = 1 if inside.inputs else 0
    for item in range(inside.children):
        rows[item] = max([least, *(rows[each] + 1 for each in reads[item])])
    for item in range(inside.children):
        if not reads[item] and read_by[item]:
            rows[item] = max(least, min(rows[each] if each < first else least + 1 for each in read_by[item]) - 1)
    bottom = max(rows[:first], default=0) + 1
    rows[last:] = [bottom] * inside.outputs
    return rows


def _columns(
    rows: Sequence[int], reads: Sequence[list[int]], read_by: Sequence[list[int]]
) -> tuple[list[int], list[set[int]]]:
    """The column of each item, and the columns that are taken in each row, by items and by edges that run straight."""
    taken: list[set[int]] = [set() for _ in range(max(rows, default=0) + 1)]
    columns = [0] * len(rows)
    for item in sorted(range(len(rows)), key=lambda each: (rows[each], each)):
        row = rows[item]
        above = [columns[each] for each in reads[item]]
        column = next((each for each in above if each not in taken[row]), min(above, default=0))
        while column in taken[row]:
            column += 1
        columns[item] = column
        for passed in range(row, max(row + 1, _first(rows, read_by[item]))):
            taken[passed].add(column)
    return columns, taken


def _first(rows: Sequence[int], items: Sequence[int]) -> int:
    """The first row of these items; 0 if there are none."""
    return min([rows[each] for each in items], default=0)


def _routes(
    edges: Sequence[tuple[End, End]], rows: Sequence[int], read_by: Sequence[list[int]]
) -> tuple[int, list[Route]]:
    """The number of lanes, and each edge with its own."""
    longest: dict[End, int] = {}
    for start, end in edges:
        if not _straight(start, end, rows, read_by):
            longest[start] = max(longest.get(start, 0), rows[end.item])
    lane_of = _lanes({start: (rows[start.item], row) for start, row in longest.items()})
    return len(set(lane_of.values())), [
        Route(start, end, -1 if _straight(start, end, rows, read_by) else lane_of[start]) for start, end in edges
    ]


def _straight(start: End, end: End, rows: Sequence[int], read_by: Sequence[list[int]]) -> bool:
    """True for an edge to the first row in which anything reads its source."""
    return rows[end.item] <= _first(rows, read_by[start.item])


def _lanes(spans: Mapping[End, tuple[int, int]]) -> dict[End, int]:
    """A lane for each span of rows; spans that share rows have lanes of their own. Shorter spans lie inside."""
    lanes: dict[End, int] = {}
    ends: list[list[tuple[int, int]]] = []
    for start, (top, bottom) in sorted(spans.items(), key=lambda each: (each[1][1] - each[1][0], each[1][0])):
        free = (i for i, used in enumerate(ends) if all(bottom <= a or b <= top for a, b in used))
        lane = next(free, len(ends))
        if lane == len(ends):
            ends.append([])
        ends[lane].append((top, bottom))
        lanes[start] = lane
    return lanes
