"""The rows of a breakdown that a table shows: folded, sorted, and the largest ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from costcalc.analysis.breakdown import Breakdown, Row
from costcalc.analysis.cost import Cost
from costcalc.analysis.folding import folded
from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError
from costcalc.spec.near import hinted


class View(NamedTuple):
    """The rows that a table shows.

    depth   of the blocks; "layer" or "op" for a row per layer or op; "auto": the depth that shows where the cost lies
    share   True adds the percentage of each total
    sort    key of the quantity by which the rows are sorted, the largest first; None leaves them in network order
    top     number of rows that are shown, the largest ones
    unfold  True shows equal neighbouring blocks each
    """

    depth: int | str = "auto"
    share: bool = False
    sort: str | None = None
    top: int | None = None
    unfold: bool = False

    @classmethod
    def checked(cls, depth: object, share: bool, sort: str | None, top: object, unfold: bool) -> View:
        """The View of these arguments. Raises SpecError for a wrong depth or number of rows."""
        if depth not in ("auto", "layer", "op"):
            if isinstance(depth, str):
                raise arguments.wrong("depth", depth, "auto, layer, op or a positive integer")
            depth = arguments.integer("depth", depth, 1)
        return cls(depth, share, sort, None if top is None else arguments.integer("top", top, 1), unfold)


USUAL = View()
"""Blocks at the depth that shows where the cost lies."""


def breakdown_of(cost: Cost, depth: int | str) -> Breakdown:
    """The breakdown by layer, by op, or by block of a depth."""
    return cost.by_layer() if depth == "layer" else cost.by_op() if depth == "op" else cost.by_block(int(depth))


def arranged(breakdown: Breakdown, view: View, together: bool) -> Sequence[Row]:
    """The rows that a view shows. With `together`, rows that are equal, free or not among the largest become one."""
    rows = breakdown
    if together and not view.unfold and breakdown.by != "op":
        rows = folded(rows)
        if view.depth == "auto":
            rows = costly_first(rows)
    if view.sort or view.top:
        keys = [quantity.key for quantity in rows.cost.quantities]
        rows = by_size(rows, view.sort or ("mult_adds" if "mult_adds" in keys else keys[0]))
    if view.top:
        rows = top(rows, view.top) if together else Breakdown(rows.cost, rows.rows[: view.top], rows.by)
    return rows.rows


class Others(Row):
    """Rows that are not shown, as one: ``24 others``."""

    __slots__ = ("count",)
    count: int

    def __init__(self, rows: Sequence[Row]) -> None:
        self.count = sum(row.count if isinstance(row, Others) else 1 for row in rows)
        super().__init__(rows[0].cost, f"{self.count} others", [node for row in rows for node in row.nodes], True)


def by_size(breakdown: Breakdown, key: str) -> Breakdown:
    """The rows in descending order of a quantity, those without a number last.

    Raises CostcalcError if the quantity is not one of the cost's.
    """
    keys = [quantity.key for quantity in breakdown.cost.quantities]
    if key not in keys:
        problem = f"--sort {key!r}: expected a column of this table, one of {', '.join(keys)}"
        raise CostcalcError(hinted(problem, key, keys))

    def size(row: Row) -> tuple[bool, int]:
        return row[key].number is not None, row[key].number_or_0

    return Breakdown(breakdown.cost, sorted(breakdown.rows, key=size, reverse=True), breakdown.by)


def costly_first(breakdown: Breakdown) -> Breakdown:
    """The rows with a cost; those for which every quantity of the table is 0 become one at the end."""
    return _with_others(breakdown, [row for row in breakdown.rows if not _free(row)])


def top(breakdown: Breakdown, count: int) -> Breakdown:
    """The first `count` rows; the rest becomes one at the end."""
    return _with_others(breakdown, breakdown.rows[:count])


def _with_others(breakdown: Breakdown, shown: Sequence[Row]) -> Breakdown:
    rest = [row for row in breakdown.rows if row not in shown]
    return Breakdown(breakdown.cost, [*shown, Others(rest)], breakdown.by) if len(rest) > 1 else breakdown


def _free(row: Row) -> bool:
    amounts = [row[quantity.key] for quantity in row.cost.quantities]
    return all(not amount.number and amount.status in ("zero", "counted", "not counted") for amount in amounts)
