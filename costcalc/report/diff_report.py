"""The report of a Diff: the totals, and for each quantity the layers whose amount has changed, with both formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.analysis.diff import Change, Diff, Growth, difference
from costcalc.analysis.quantity import Amount, Quantity
from costcalc.analysis.snapshot import incomplete
from costcalc.report.amounts import number_data
from costcalc.report.column import Column, tabulated
from costcalc.report.comment import Comment
from costcalc.report.difference import difference_cell, percent_cell, percent_text
from costcalc.report.style import Scale, Style
from costcalc.report.table import Cell, Table, shown

NAMED = 8
"""Largest number of layers that a note names."""


class _Entry(NamedTuple):
    """A change of one quantity; of none, if only the layer's name, place or shapes have changed."""

    change: Change
    quantity: Quantity | None

    @property
    def amounts(self) -> tuple[Amount | None, Amount | None]:
        """The old and the new amount; None for a layer that is not there."""
        key = self.quantity.key if self.quantity is not None else ""
        old, new = (None if line is None else line.amounts.get(key) for line in self.change[:2])
        return old, new

    @property
    def gap(self) -> Any:
        """The difference."""
        return None if self.quantity is None else difference(self.quantity, *self.change.amounts(self.quantity.key))


def diff_report(diff: Diff, held: Sequence[Growth], name: str, style: Style) -> Comment:
    """A table of the totals, then one per quantity; in CSV one table of all layers.

    held  growth that is limited: if there is any, it alone decides whether the report is ok
    name  what is compared, the same from run to run
    """

    entries = {quantity.key: _entries(diff, quantity) for quantity in diff.quantities}

    def tables(format: str, rows: int | None) -> list[Table]:
        own = style._replace(format=format)
        if format == "csv":
            return [_everything(diff, entries)]
        layers = [_layers(diff, q, entries[q.key], own, rows) for q in diff.quantities if entries[q.key]]
        return [_totals(diff, entries, held, own), *layers]

    ok = all(growth.ok for growth in held) if held else diff.alike
    return Comment(f"costcalc diff {name}", tables, lambda: _data(diff, held, ok, style), ok)


_Entries = Mapping[str, Sequence[_Entry]]
"""The changes of each quantity, by its key."""


def _entries(diff: Diff, quantity: Quantity) -> list[_Entry]:
    """The changes of a quantity: rows with another amount than before, or that were added or removed with one."""

    def differs(change: Change) -> bool:
        old, new = change.amounts(quantity.key)
        if change.old is None or change.new is None:
            return any(incomplete(amount) or amount.number not in (0, None) for amount in (old, new))
        return old != new or (incomplete(old) and "changed" in change.kinds)

    return [_Entry(change, quantity) for change in diff.changes if differs(change)]


def _scale(diff: Diff, quantity: Quantity, style: Style) -> Scale:
    amounts = [snapshot.total[quantity.key] for snapshot in (diff.old, diff.new)]
    return style.scale(quantity, lambda: amounts)


def _totals(diff: Diff, entries: _Entries, held: Sequence[Growth], style: Style) -> Table:
    totals = {quantity.key: diff.total(quantity) for quantity in diff.quantities}

    def gap(quantity: Quantity) -> Cell:
        old, new, number = totals[quantity.key]
        return difference_cell(_scale(diff, quantity, style), number, incomplete(old) or incomplete(new))

    def heading(quantity: Quantity) -> str:
        return _scale(diff, quantity, style).heading(quantity, style.words(quantity))

    columns: list[Column[Quantity]] = [
        Column("total", heading, key="quantity"),
        Column("old", lambda q: _scale(diff, q, style).cell(totals[q.key][0]), True),
        Column("new", lambda q: _scale(diff, q, style).cell(totals[q.key][1]), True),
        Column("difference", gap, True),
        Column("%", lambda q: percent_cell(totals[q.key][0].number, totals[q.key][2]), True, key="growth"),
    ]
    notes = [f"old  {diff.old.setting}", f"new  {diff.new.setting}", *_kinds(diff, entries)]
    for side, snapshot in (("old", diff.old), ("new", diff.new)):
        notes += [f"{side}  {key} is not complete: {reason}" for key, reason in snapshot.unknown.items()]
    notes += [growth_line(growth, style) for growth in held]
    return tabulated("Costs compared", columns, diff.quantities, notes)


def growth_line(growth: Growth, style: Style) -> str:
    """``mult-adds: +12.3 %, over the 5 % that are allowed; the layer that grew most: conv2, by 1,234``."""
    allowed = f"{float(100 * growth.allowed):g} %"
    name = style.words(growth.quantity)
    if growth.result == "cannot be held":
        return f"CANNOT BE HELD  {name}: it is unknown whether it has grown by more than {allowed}"
    if growth.quantity.per_axis:
        grown = f"{growth.old.number} → {growth.new.number}"
    elif growth.difference is None:
        grown = "no difference"
    elif growth.old.number:
        grown = percent_text(growth.old.number, growth.difference)
    else:
        grown = "0 %" if not growth.difference else "from 0"
    if growth.ok:
        return f"ok  {name}: {grown}, at most {allowed} allowed"
    share = shown(style.scale(growth.quantity, list).cell(Amount(growth.share))) if growth.layer else ""
    layer = f"; the layer that grew most: {growth.layer}, by {share}" if growth.quantity.adds else ""
    layer = layer if not growth.layer or growth.quantity.adds else f"; the largest layer: {growth.layer}, {share}"
    return f"OVER  {name}: {grown}, at most {allowed} allowed{layer if growth.layer else ''}"


def _kinds(diff: Diff, entries: _Entries) -> list[str]:
    """How many rows were added, removed, changed, renamed or moved; and the names of those in no table below."""
    by_layer = diff.new.rows is diff.new.layers
    noun = "layer" if by_layer else "block"
    counts = {kind: [each for each in diff.changes if kind in each.kinds] for kind in KINDS}
    same = len(diff.rows) - len(diff.changes)
    parts = [f"{len(found)} {kind}" for kind, found in counts.items() if found]
    if not parts:
        return [f"All {same} {noun}s are alike." if diff.alike else f"All {same} {noun}s are alike, not the totals."]
    notes = [f"{noun.capitalize()}s: {', '.join([*parts, f'{same} alike'])}."]
    listed = {id(entry.change) for each in entries.values() for entry in each}
    for kind, found in counts.items():
        rest = [each.name for each in found if id(each) not in listed]
        more = f" and {len(rest) - NAMED} more" if len(rest) > NAMED else ""
        if rest:
            notes.append(f"{kind.capitalize()} at the same cost: {', '.join(rest[:NAMED])}{more}.")
    return notes


KINDS = ("changed", "added", "removed", "renamed", "moved")


def _layers(diff: Diff, quantity: Quantity, entries: Sequence[_Entry], style: Style, rows: int | None) -> Table:
    shown_rows: Sequence[_Entry] = entries
    if rows is not None and len(entries) > rows:
        sizes = {id(entry): abs(entry.gap or 0) for entry in entries}
        largest = sorted(entries, key=lambda entry: sizes[id(entry)], reverse=True)[:rows]
        kept = {id(entry) for entry in largest}
        shown_rows = [entry for entry in entries if id(entry) in kept]
    more = len(entries) - len(shown_rows)
    notes = [f"Not shown: {more} more, with smaller differences; see --format csv."] if more else []
    columns = _columns(_scale(diff, quantity, style), "layer" if diff.new.rows is diff.new.layers else "block")
    if not any(any(entry.change.formula(quantity.key)) for entry in shown_rows):
        columns = [column for column in columns if column.key not in ("old_formula", "new_formula")]
    heading = _scale(diff, quantity, style).heading(quantity, style.words(quantity))
    return tabulated(heading, columns, shown_rows, notes)


def _columns(scale: Scale, noun: str) -> list[Column[_Entry]]:
    def formula(entry: _Entry, side: int) -> Cell:
        key = entry.quantity.key if entry.quantity is not None else ""
        return entry.change.formula(key)[side] or None

    def amount(entry: _Entry, side: int) -> Cell:
        found = entry.amounts[side]
        return None if found is None else scale.cell(found)

    def gap(entry: _Entry) -> Cell:
        unknown = any(each is not None and incomplete(each) for each in entry.amounts)
        return difference_cell(scale, entry.gap, unknown)

    def share(entry: _Entry) -> Cell:
        old = entry.amounts[0]
        return percent_cell(None if old is None else old.number, entry.gap)

    return [
        Column("", lambda entry: ", ".join(entry.change.kinds), key="change"),
        Column(noun, lambda entry: entry.change.name, key="name"),
        Column("old formula", lambda entry: formula(entry, 0)),
        Column("new formula", lambda entry: formula(entry, 1)),
        Column("old", lambda entry: amount(entry, 0), True),
        Column("new", lambda entry: amount(entry, 1), True),
        Column("difference", gap, True),
        Column("%", share, True, key="growth"),
    ]


def _everything(diff: Diff, entries: _Entries) -> Table:
    """A row per change of a quantity, and per change at the same cost."""
    every = [entry for each in entries.values() for entry in each]
    listed = {id(entry.change) for entry in every}
    every += [_Entry(change, None) for change in diff.changes if id(change) not in listed]
    columns = _columns(Scale(), "name")
    key: Column[_Entry] = Column("quantity", lambda entry: entry.quantity.key if entry.quantity is not None else None)
    op: Column[_Entry] = Column("op", lambda entry: entry.change.op)
    return tabulated("", [columns[0], key, columns[1], op, *columns[2:]], every, [])


def _data(diff: Diff, held: Sequence[Growth], ok: bool, style: Style) -> dict[str, Any]:
    """The same as data: integers; null for a number that is not known. Growth is a fraction of the old number."""
    return {
        "schema": 1,
        "alike": diff.alike,
        "ok": ok,
        "old": diff.old.setting,
        "new": diff.new.setting,
        "total": {quantity.key: _pair(*diff.total(quantity)) for quantity in diff.quantities},
        "changes": [_change(change, diff.quantities) for change in diff.changes],
        "unknown": {"old": dict(diff.old.unknown), "new": dict(diff.new.unknown)},
        "fail_over": {
            growth.quantity.key: {
                "allowed": float(growth.allowed), "result": growth.result, "layer": growth.layer or None,
                "share": number_data(growth.share) if growth.layer else None,
            }
            for growth in held
        },
        "failures": [growth_line(growth, style) for growth in held if not growth.ok],
    }  # fmt: skip


def _change(change: Change, quantities: Sequence[Quantity]) -> dict[str, Any]:
    old, new = change.old, change.new
    costs = {}
    for quantity in quantities:
        before, after = change.formula(quantity.key)
        formulas = {"old_formula": before or None, "new_formula": after or None} if before or after else {}
        amounts = change.amounts(quantity.key)
        costs[quantity.key] = {**_pair(*amounts, difference(quantity, *amounts)), **formulas}
    return {
        "change": change.kinds,
        "old_name": None if old is None else old.name,
        "new_name": None if new is None else new.name,
        "old_op": None if old is None else old.op,
        "new_op": None if new is None else new.op,
        "costs": costs,
    }


def _pair(old: Amount, new: Amount, gap: Any) -> dict[str, Any]:
    known = gap is not None and old.number
    return {
        "old": number_data(old.number),
        "new": number_data(new.number),
        "difference": number_data(gap),
        "growth": float(Fraction(gap) / Fraction(old.number)) if known else None,
        **({"statuses": [old.status, new.status]} if incomplete(old) or incomplete(new) else {}),
    }
