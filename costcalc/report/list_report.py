"""The report of the zoo: each network with its totals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from costcalc.analysis.cost import Cost
from costcalc.analysis.quantity import Quantity
from costcalc.report.amounts import amount_column, numbers, statuses
from costcalc.report.column import Column, tabulated
from costcalc.report.report import Report
from costcalc.report.style import PLAIN, Style
from costcalc.report.table import Table
from costcalc.spec import Network
from costcalc.spec.shapes import numel, text

Entry = tuple[Network, Cost]

COLUMNS = ("params", "mult_adds")
"""Keys of the quantities shown by default."""

BEFORE: list[Column[Entry]] = [
    Column("name", lambda entry: entry[0].name),
    Column("family", lambda entry: entry[0].family),
    Column("year", lambda entry: str(entry[0].year)),
    Column("input", lambda entry: text((1, *entry[0].input))),
]
AFTER: list[Column[Entry]] = [Column("source", lambda entry: entry[0].source)]

SORTS: dict[str, Callable[[Network], Any]] = {
    "name": lambda network: network.name,
    "family": lambda network: (network.family, network.name),
    "year": lambda network: (network.year, network.name),
    "input": lambda network: (numel(network.input), network.name),
    "source": lambda network: (network.source, network.name),
}
"""Sort keys of `sorted_entries`, for the columns that are not quantities."""


def list_columns(quantities: Sequence[Quantity]) -> list[str]:
    """Headings of the table's columns."""
    texts = [[column.heading for column in columns] for columns in (BEFORE, AFTER)]
    return [*texts[0], *(quantity.heading for quantity in quantities), *texts[1]]


def sorted_entries(entries: Sequence[Entry], by: str) -> list[Entry]:
    """Sort by a column or by the key of a quantity, in ascending order, networks without a number last."""
    if by in SORTS:
        return sorted(entries, key=lambda entry: SORTS[by](entry[0]))

    def number(entry: Entry) -> tuple[bool, Any]:
        cost = entry[1]
        (key,) = [quantity.key for quantity in cost.quantities if by in (quantity.heading, quantity.key)]
        return cost[key].number is None, cost[key].number_or_0

    return sorted(entries, key=number)


def list_report(entries: Sequence[Entry], quantities: Sequence[Quantity], style: Style = PLAIN) -> Report:
    """A row per network: name, family, year, input, its quantities, source."""

    def tables(format: str) -> list[Table]:
        own = style._replace(format=format)
        amounts: list[Column[Entry]] = [amount_column(quantity, _cost, own, entries) for quantity in quantities]
        notes = [quantity.note for quantity in quantities if quantity.note]
        return [tabulated(f"{len(entries)} networks", [*BEFORE, *amounts, *AFTER], entries, notes)]

    return Report(tables, lambda: list_data(entries))


def _cost(entry: Entry) -> Cost:
    return entry[1]


def list_data(entries: Sequence[Entry]) -> dict[str, Any]:
    """The stable JSON of `list`, schema 1."""
    return {
        "schema": 1,
        "models": [
            {
                "name": network.name,
                "family": network.family,
                "year": network.year,
                **numbers(cost, cost.quantities, COLUMNS),
                "input": list(network.input),
                "source": network.source,
                **({"counts": cost.counts} if cost.conventions else {}),
                **statuses(cost, cost.quantities),
            }
            for network, cost in entries
        ],
    }
