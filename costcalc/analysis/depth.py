"""The depth of blocks that shows where the cost lies."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.analysis.breakdown import Row
from costcalc.analysis.cost import Cost
from costcalc.analysis.folding import Folded, folded
from costcalc.spec.sizes import known

NEARLY_ALL = 95
"""Percentage of a total. A depth at which two rows hold more, of which one can be split, is too coarse."""

MOST_ROWS = 60
"""Largest number of rows with a cost."""

KEYS = ("params", "mult_adds")
"""Quantities by which a depth is judged."""


def telling_depth(cost: Cost) -> int:
    """The smallest depth at which two blocks do not hold nearly all of the params or mult-adds.

    It goes no deeper if the block that holds the most is a single layer with that cost, and not so deep that a table
    has more than MOST_ROWS rows. Equal blocks are one.
    1 for sizes that are symbols or arrays.
    """
    if not known(cost.macs):
        return 1
    deepest = max((node.path.count(".") + 1 for node in cost.graph.nodes), default=1)
    for depth in range(1, deepest + 1):
        rows = folded(cost.by_block(depth)).rows
        if depth > 1 and sum(map(_costs, rows)) > MOST_ROWS:
            return depth - 1
        if not any(_held_by_two(rows, key) for key in KEYS):
            return depth
    return deepest


def _costs(row: Row) -> bool:
    return any(row[key].number_or_0 for key in KEYS)


def _held_by_two(rows: Sequence[Row], key: str) -> bool:
    """True if two rows hold nearly all of a quantity, and the larger one has several layers with some of it."""
    costs = sorted(((row[key].number_or_0, at) for at, row in enumerate(rows)), reverse=True)
    whole = sum(cost for cost, _ in costs)
    if not whole or 100 * sum(cost for cost, _ in costs[:2]) <= NEARLY_ALL * whole:
        return False
    largest = rows[costs[0][1]]
    nodes = largest.first.nodes if isinstance(largest, Folded) else largest.nodes
    layers = largest.cost.amounts(largest.cost.quantity(key))
    return len({node.path for node in nodes if layers[node].number}) > 1
