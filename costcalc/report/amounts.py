"""Amounts of quantities as columns of a table, and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from costcalc.analysis.breakdown import Row
from costcalc.analysis.cost import Cost
from costcalc.analysis.quantity import INCOMPLETE, Amount, PerAxis, Quantity
from costcalc.report.column import Column
from costcalc.report.style import Style
from costcalc.report.table import Cell, percentage
from costcalc.spec.numbers import is_fraction

Item = TypeVar("Item")


def amount_column(
    quantity: Quantity,
    of: Callable[[Item], Row | Cost | Mapping[str, Amount]],
    style: Style,
    items: Sequence[Item],
    total: Cost | None = None,
) -> Column[Item]:
    """The column of a quantity of the items. `of` returns the amounts of an item, by key."""
    scale = style.scale(quantity, lambda: [of(item)[quantity.key] for item in items])
    last = scale.cell(total[quantity.key]) if total is not None else ""
    heading = scale.heading(quantity, style.words(quantity))
    tool = quantity.convention is not None
    return Column(heading, lambda item: scale.cell(of(item)[quantity.key]), True, last, quantity.key, proper=tool)


def status_column(status: Callable[[Item], str]) -> Column[Item]:
    """The status of the mult-adds, in CSV and frames alone: printed tables say it in the cell."""
    return Column("status", status, printed=False)


def share_column(quantity: Quantity, of: Callable[[Item], Row | Cost], whole: Cost) -> Column[Item]:
    """The column of percentages of the network's total, which stands beside that of the quantity."""
    total = whole[quantity.key].number_or_0

    def cell(item: Item) -> Cell:
        number = of(item)[quantity.key].number
        return None if number is None else percentage(number, total)

    return Column("%", cell, True, percentage(total, total), f"{quantity.key}_share")


def numbers(item: Row | Cost, quantities: Sequence[Quantity], keys: Iterable[str]) -> dict[str, Any]:
    """The numbers of these keys, and of costcalc's own quantities, by key. None for a missing number."""
    own = [quantity.key for quantity in quantities if quantity.convention is None]
    return {key: number_data(item[key].number) for key in dict.fromkeys([*keys, *own])}


def statuses(item: Row | Cost, quantities: Sequence[Quantity]) -> dict[str, Any]:
    """Quantities that are unknown or a lower bound, under "statuses"; an empty dict if there are none."""
    found = {q.key: item[q.key].status for q in quantities if item[q.key].status in INCOMPLETE}
    return {"statuses": found} if found else {}


def number_data(number: Any) -> Any:
    """An integer; a ratio that is not an integer as [numerator, denominator]; numbers per axis as a list, or "all"."""
    if isinstance(number, PerAxis):
        return [number_data(each) for each in number] or str(number)
    if not is_fraction(number):
        return number
    return number.numerator if number.denominator == 1 else [number.numerator, number.denominator]
