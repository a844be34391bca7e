"""The report of the zoo: each network with its totals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.analysis.cost import Cost
from costcalc.report.table import Cell, Table, at_least, shape
from costcalc.spec import Network
from costcalc.spec.shapes import numel

Entry = tuple[Network, Cost]

SORTS = ("name", "family", "year", "input", "params", "mult-adds", "source")


def sorted_entries(entries: Sequence[Entry], by: str) -> list[Entry]:
    """By one of SORTS; numbers from small to large."""
    keys = {
        "name": lambda e: e[0].name,
        "family": lambda e: (e[0].family, e[0].name),
        "year": lambda e: (e[0].year, e[0].name),
        "input": lambda e: (numel(e[0].input), e[0].name),
        "params": lambda e: e[1].params,
        "mult-adds": lambda e: e[1].macs,
        "source": lambda e: (e[0].source, e[0].name),
    }
    return sorted(entries, key=keys[by])


def list_table(entries: Sequence[Entry]) -> Table:
    """A row a network: name, family, year, input, params, mult-adds, source."""
    columns = ["name", "family", "year", "input", "params", "mult-adds", "source"]
    numbers = [False, False, False, False, True, True, False]
    rows: list[list[Cell]] = [
        [
            n.name, n.family, str(n.year), shape((1, *n.input)),
            c.params, at_least(c.macs, c.status == "complete"), n.source,
        ]
        for n, c in entries
    ]  # fmt: skip
    return Table(f"{len(entries)} networks", columns, rows, numbers)


def list_data(entries: Sequence[Entry]) -> dict[str, Any]:
    """The stable JSON of `list`, schema 1."""
    return {
        "schema": 1,
        "models": [
            {
                "name": network.name,
                "family": network.family,
                "year": network.year,
                "params": cost.params,
                "mult_adds": cost.macs,
                "input": list(network.input),
                "source": network.source,
            }
            for network, cost in entries
        ],
    }
