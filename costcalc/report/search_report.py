"""The report of a search: how many settings satisfy the conditions, and a row for each, or for those on the front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.analysis.quantity import Amount, Quantity
from costcalc.analysis.search import Found, Search
from costcalc.report.amounts import number_data
from costcalc.report.column import Column, tabulated
from costcalc.report.report import Report
from costcalc.report.style import PLAIN, Style
from costcalc.report.table import Cell, Table, Value
from costcalc.report.table import shown as text_of

ROWS = 20
"""Rows of a table that is not data."""


class Outcome(NamedTuple):
    """A search and what it found.

    name        the model
    quantities  those of its keys, in order
    whole       number of points of the space, before conditions on settings alone
    trials      number of points that optuna proposed; None: every point was evaluated
    free        values of each free setting, in the order in which they were given
    """

    name: str
    search: Search
    quantities: Sequence[Quantity]
    found: Found
    whole: int
    trials: int | None
    seed: int
    free: Mapping[str, Sequence[Any]]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Settings and quantities of the points that were kept, the best of the first objective first."""
        values = [
            {key: _plain(each[i]) for key, each in self.found.values.items()} for i in range(len(self.found.points))
        ]
        rows = [{**self.search.space.point(int(n)), **v} for n, v in zip(self.found.points, values, strict=True)]
        objectives = self.search.objectives
        return sorted(rows, key=lambda row: [each.cost(row[each.key]) for each in objectives])


def search_report(outcome: Outcome, top: int | None = None, style: Style = PLAIN) -> Report:
    """A row per point that was kept. `top` rows are shown; None: 20, and all in CSV and JSON."""
    return Report(
        lambda format: [_table(outcome, top, style._replace(format=format))], lambda: search_data(outcome, top)
    )


def _table(outcome: Outcome, top: int | None, style: Style) -> Table:
    rows = outcome.rows
    most = top or (len(rows) if style.is_data else ROWS)
    whole = {name.partition(".")[0] for name in outcome.free}
    short = len(whole) == 1 < len(outcome.free)  # parts of one setting, which the notes name in full
    columns: list[Column[dict[str, Any]]] = [
        _setting(name, name.partition(".")[2] if short else name) for name in outcome.free
    ]
    columns += [_quantity(quantity, rows, style) for quantity in outcome.quantities]
    notes = _notes(outcome, style)
    if len(rows) > most:
        notes.append(f"The first {most:,} of {len(rows):,} rows; --top N shows more, csv and json all.")
    return tabulated(_title(outcome), columns, rows[:most], notes)


def _setting(name: str, heading: str) -> Column[dict[str, Any]]:
    def cell(row: dict[str, Any]) -> Cell:
        value = row[name]
        return value if type(value) in (int, str) else Value(str(value), value)

    return Column(heading, cell, True, key=name)


def _quantity(quantity: Quantity, rows: Sequence[dict[str, Any]], style: Style) -> Column[dict[str, Any]]:
    scale = style.scale(quantity, lambda: [Amount(row[quantity.key]) for row in rows])
    heading = scale.heading(quantity, style.words(quantity))
    tool = quantity.convention is not None
    return Column(heading, lambda row: scale.cell(Amount(row[quantity.key])), True, key=quantity.key, proper=tool)


def _title(outcome: Outcome) -> str:
    search, found = outcome.search, outcome.found
    title = f"{outcome.name}: {found.feasible:,} of {outcome.whole:,} settings"
    if outcome.trials is not None:
        title = f"{outcome.name}: {found.feasible:,} of {found.tried:,} settings tried"
    if not search.objectives:
        return title
    return f"{title}, {len(found.points):,} {'on the front' if len(search.objectives) > 1 else 'best'}"


def _notes(outcome: Outcome, style: Style) -> list[str]:
    search, found, space = outcome.search, outcome.found, outcome.search.space
    notes = [f"Conditions: {', '.join(each.text for each in search.conditions)}"] if search.conditions else []
    wanted = ", ".join(f"{'most' if each.maximize else 'least'} {each.key}" for each in search.objectives)
    if wanted:
        notes.append(f"{'Front' if len(search.objectives) > 1 else 'Best'}: {wanted}.")
    alike: dict[str, list[str]] = {}
    for name, values in outcome.free.items():
        alike.setdefault(_values(values), []).append(name)
    notes += [f"{', '.join(names)}: {values}" for values, names in alike.items()]
    notes += [f"{', '.join(axis.names)}: {len(axis):,} combinations that satisfy the conditions on them alone"
              for axis in space.axes if len(axis.names) > 1]  # fmt: skip
    if outcome.trials is not None and len(space):
        whole = f"The space has {len(space):,} points: {outcome.trials:,} were proposed by optuna, seed {outcome.seed}."
        notes.append(f"{whole} The result is the best of these, not of the space.")
    if found.invalid:
        notes.append(f"{found.invalid:,} settings make no network: {found.why}")
    kept = len(found.points)
    if not search.objectives and kept < found.feasible:
        notes.append(f"The first {kept:,} solutions are kept, all are counted.")
    if search.objectives and all(each.key in search.own for each in search.objectives):
        notes.append(_own(outcome, style))
    return [*notes, *(quantity.note for quantity in outcome.quantities if quantity.note)]


def _values(column: Sequence[Any]) -> str:
    values = [*column]
    return ", ".join(map(str, values)) if len(values) <= 6 else f"{values[0]}, {values[1]}, ..., {values[-1]}"


def _own(outcome: Outcome, style: Style) -> str:
    """Where the network's own settings lie."""
    search, better = outcome.search, outcome.found.better
    shown = {quantity.key: quantity for quantity in outcome.quantities}

    def number(key: str) -> str:
        value = search.own[key]
        if key not in shown:
            return f"{key} {value}"
        quantity = shown[key]
        scale = style.scale(quantity, lambda: [Amount(value)])
        return f"{text_of(scale.cell(Amount(value)))} {scale.heading(quantity, style.words(quantity))}"

    numbers = ", ".join(number(each.key) for each in search.objectives)
    text = f"Its own settings have {numbers}"
    if not search.own_is_feasible:
        text += ", and do not satisfy the conditions"
    tried = "of the trials " if outcome.trials is not None else ""
    if not better:
        return f"{text}: no other settings {tried}beat them."
    beat = f"{better:,} of the {outcome.found.feasible:,} settings beat them"
    return f"{text}: {beat}, no worse in anything and better in something."


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def search_data(outcome: Outcome, top: int | None) -> dict[str, Any]:
    """The stable JSON of `search`, schema 1."""
    search, found = outcome.search, outcome.found
    names = {*outcome.free, *search.keys}
    return {
        "schema": 1,
        "model": outcome.name,
        "free": {name: [_plain(value) for value in outcome.free[name]] for name in outcome.free},
        "where": [each.text for each in search.conditions],
        "maximize": [each.key for each in search.objectives if each.maximize],
        "minimize": [each.key for each in search.objectives if not each.maximize],
        "points": outcome.whole,
        "trials": outcome.trials,
        "seed": outcome.seed if outcome.trials is not None else None,
        "feasible": found.feasible,
        "invalid": found.invalid,
        "better_than_own": found.better,
        "own": {key: number_data(value) for key, value in search.own.items() if key in names},
        "rows": [{key: number_data(value) for key, value in row.items() if key in names} for row in outcome.rows[:top]],
    }  # fmt: skip
