"""Equal neighbouring blocks as one row: ``layers.0`` to ``layers.31`` become ``layers.0-31 (32x)``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from costcalc.analysis.breakdown import Breakdown, Row
from costcalc.analysis.cost import Cost
from costcalc.spec.node import Node
from costcalc.spec.shapes import Shape

NUMBERED = re.compile(r"(.*?)(\d+)")
"""A part of a name that ends in its number: ``encoder_layer_11``."""


class Folded(Row):
    """The rows of equal neighbours as one: its amounts are those of all, its op, inputs and outputs of the first."""

    __slots__ = ("count", "first")

    def __init__(self, name: str, rows: Sequence[Row]) -> None:
        super().__init__(rows[0].cost, name, [node for row in rows for node in row.nodes])
        self.first, self.count = rows[0], len(rows)

    @property
    def op(self) -> str:
        """The kind of computation of the first."""
        return self.first.op

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the tensors that the first reads."""
        return self.first.inputs

    @property
    def outputs(self) -> tuple[Shape, ...]:
        """Shapes of the tensors that the first puts out."""
        return self.first.outputs


class _Rows(NamedTuple):
    """Rows that become one: of as many blocks as there are rows. `parts` is its name, split at the dots."""

    parts: tuple[str, ...]
    rows: tuple[Row, ...]


def folded(breakdown: Breakdown) -> Breakdown:
    """The breakdown with equal neighbouring blocks, at any depth, as one row.

    Blocks are equal if they have the same ops, with the same outputs and amounts of all quantities of the cost, in the
    same order; neighbours have names that end in consecutive numbers.
    """
    each = [_Rows((*row.name.split("."),), (row,)) for row in breakdown.rows]
    return Breakdown(breakdown.cost, [_row(rows) for rows in _folded(each, 0, breakdown.cost)], breakdown.by)


def _row(rows: _Rows) -> Row:
    count = len(rows.rows)
    return rows.rows[0] if count == 1 else Folded(f"{'.'.join(rows.parts)} ({count}x)", rows.rows)


def _folded(rows: Sequence[_Rows], at: int, cost: Cost) -> list[_Rows]:
    """Fold blocks that differ in part `at` of their names, then within each block."""
    result: list[_Rows] = []
    blocks = [[*block] for _, block in groupby(rows, key=lambda each: each.parts[: at + 1])]
    while blocks:
        alike = _alike(blocks, at, cost)
        first, last = (blocks[i][0].parts[at] if at < len(blocks[i][0].parts) else "" for i in (0, alike - 1))
        label = first if alike == 1 else f"{first}-{_number(last)[1]}"
        block = [_merged(same, label, at) for same in zip(*blocks[:alike], strict=True)]
        deeper = any(len(each.parts) > at + 1 for each in block)
        result += _folded(block, at + 1, cost) if deeper else block
        del blocks[:alike]
    return result


def _alike(blocks: Sequence[Sequence[_Rows]], at: int, cost: Cost) -> int:
    """Number of blocks, from the first on, that are equal neighbours."""
    if at >= len(blocks[0][0].parts):
        return 1
    first = _signature(blocks[0], at, cost)
    stem, number = _number(blocks[0][0].parts[at])
    count = 1
    while number is not None and count < len(blocks):
        part = blocks[count][0].parts[at]
        if _number(part) != (stem, number + count) or _signature(blocks[count], at, cost) != first:
            break
        count += 1
    return count


def _number(part: str) -> tuple[str, int | None]:
    """``layer_11`` -> ("layer_", 11)."""
    match = NUMBERED.fullmatch(part)
    return (match[1], int(match[2])) if match else (part, None)


def _signature(block: Sequence[_Rows], at: int, cost: Cost) -> list[Any]:
    """All that blocks must share to be equal."""
    return [(each.parts[at + 1 :], [_of(node, cost) for row in each.rows for node in row.nodes]) for each in block]


def _of(node: Node, cost: Cost) -> tuple[Any, ...]:
    amounts = (cost.amounts(quantity)[node] for quantity in cost.quantities)
    return node.op, node.facts.outputs, [(amount.number, amount.status) for amount in amounts]


def _merged(same: Sequence[_Rows], label: str, at: int) -> _Rows:
    """The rows at one place in equal blocks. `label` takes the place of part `at` of their name."""
    parts = same[0].parts
    rows = tuple(row for each in same for row in each.rows)
    return _Rows((*parts[:at], label, *parts[at + 1 :]) if at < len(parts) else parts, rows)
