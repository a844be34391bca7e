"""Diff: what the costs of two models differ in, layer by layer, and whether they have grown too much."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

from costcalc.analysis.align import aligned
from costcalc.analysis.limits import exceeds
from costcalc.analysis.quantity import NOT_RUN, Amount, Quantity, largest
from costcalc.analysis.snapshot import Line, Snapshot, incomplete


class Change(NamedTuple):
    """A layer or block of two models: `old` is None if it was added, `new` if it was removed."""

    old: Line | None
    new: Line | None
    moved: bool = False

    @property
    def name(self) -> str:
        """``features.3``; of a renamed one ``features.3 → features.4``."""
        if self.old is None or self.new is None or self.old.name == self.new.name:
            return self._either.name
        return f"{self.old.name} → {self.new.name}"

    @property
    def op(self) -> str:
        """The kind of computation: ``conv``; ``conv → linear`` if it has changed."""
        if self.old is None or self.new is None or self.old.op == self.new.op:
            return self._either.op
        return f"{self.old.op} → {self.new.op}"

    @property
    def _either(self) -> Line:
        line = self.new or self.old
        assert line is not None
        return line

    @property
    def kinds(self) -> list[str]:
        """``added``, ``removed``, or of changed, renamed and moved those that hold; an empty list if it is the same."""
        if self.old is None or self.new is None:
            return ["added" if self.old is None else "removed"]
        changed = self.old.signature != self.new.signature or self.old.amounts != self.new.amounts
        renamed = self.old.name != self.new.name
        return [kind for kind, holds in (("changed", changed), ("renamed", renamed), ("moved", self.moved)) if holds]

    def amounts(self, key: str) -> tuple[Amount, Amount]:
        """The old and the new amount of a quantity; a layer that is not there does not run."""
        return tuple(NOT_RUN if line is None else line.amounts[key] for line in (self.old, self.new))  # type: ignore[return-value]

    def formula(self, key: str) -> tuple[str, str]:
        """The old and the new formula of a quantity; empty if it has none."""
        return tuple("" if line is None else line.formulas.get(key, "") for line in (self.old, self.new))  # type: ignore[return-value]


def difference(quantity: Quantity, old: Amount, new: Amount) -> Any:
    """new - old; None if either is not known, and for numbers per axis and ratios without a value."""
    if incomplete(old) or incomplete(new) or quantity.per_axis:
        return None
    if old.number is None or new.number is None:
        return new.number_or_0 - old.number_or_0 if quantity.adds and old.number != new.number else None
    return new.number - old.number


class Growth(NamedTuple):
    """Whether a quantity of a network has grown by more than is allowed.

    allowed  as a fraction of the old number
    result   "ok", "over", or "cannot be held": what is unknown could have grown by more
    layer    the layer that grew most; of a quantity whose largest amount counts, the layer that has it
    share    the growth, or the amount, of that layer
    """

    quantity: Quantity
    old: Amount
    new: Amount
    difference: Any
    allowed: Fraction
    result: str
    layer: str = ""
    share: Any = 0

    @property
    def ok(self) -> bool:
        """True if it has not grown by more than is allowed."""
        return self.result == "ok"


class Diff:
    """Two Snapshots of the same quantities, their rows and layers aligned."""

    def __init__(self, old: Snapshot, new: Snapshot, quantities: Sequence[Quantity]) -> None:
        self.old, self.new, self.quantities = old, new, tuple(quantities)

    @cached_property
    def rows(self) -> list[Change]:
        """A Change per row."""
        return [Change(*pair) for pair in aligned(self.old.rows, self.new.rows)]

    @cached_property
    def layers(self) -> list[Change]:
        """A Change per layer."""
        by_layer = self.old.rows is self.old.layers and self.new.rows is self.new.layers
        return self.rows if by_layer else [Change(*pair) for pair in aligned(self.old.layers, self.new.layers)]

    @cached_property
    def changes(self) -> list[Change]:
        """The rows that differ."""
        return [change for change in self.rows if change.kinds]

    @property
    def alike(self) -> bool:
        """True if the totals are equal and no row differs."""
        return not self.changes and self.old.total == self.new.total

    def total(self, quantity: Quantity) -> tuple[Amount, Amount, Any]:
        """Old and new amount of the networks, and their difference, or None.

        Two lower bounds have one if what is unknown in them is the same.
        """
        old, new = self.old.total[quantity.key], self.new.total[quantity.key]
        if incomplete(old) and incomplete(new) and self._same_unknown(quantity.key):
            sure = [Amount(each.number) for each in (old, new)]
            return old, new, None if None in (old.number, new.number) else difference(quantity, *sure)
        return old, new, difference(quantity, old, new)

    def _same_unknown(self, key: str) -> bool:
        """True if all layers with an unknown amount have kept their op and shapes, and what is known of the amount."""
        unknown = [change for change in self.layers if any(map(incomplete, change.amounts(key)))]
        return bool(unknown) and all(
            each.old is not None and each.new is not None and each.old.signature == each.new.signature
            and each.old.amounts[key] == each.new.amounts[key]
            for each in unknown
        )  # fmt: skip

    def growth(self, quantity: Quantity, allowed: Fraction = Fraction(0)) -> Growth:
        """Whether the network's amount has grown by more than `allowed`, a fraction of the old one."""
        old, new, gap = self.total(quantity)
        exact = incomplete(old) and incomplete(new) and self._same_unknown(quantity.key)
        result = "cannot be held"
        if _grown(old, new, allowed):
            result = "over" if exact or not incomplete(old) else result
        elif exact or not incomplete(new):
            result = "ok"
        layer, share = self._grew_most(quantity) if result == "over" else ("", 0)
        return Growth(quantity, old, new, gap, allowed, result, layer, share)

    def _grew_most(self, quantity: Quantity) -> tuple[str, Any]:
        if not quantity.adds:
            return most(quantity, self.new.layers)
        gains = {change.name: difference(quantity, *change.amounts(quantity.key)) or 0 for change in self.layers}
        name = max(gains, key=lambda each: gains[each], default="")
        return (name, gains[name]) if name and gains[name] > 0 else ("", 0)


def _grown(old: Amount, new: Amount, allowed: Fraction) -> bool:
    if new.number is None:
        return False
    if old.number is None:
        return bool(new.number)
    return exceeds(new.number, old.number, allowed)


def most(quantity: Quantity, layers: Sequence[Line]) -> tuple[str, Any]:
    """The layer with the largest amount of a quantity that adds up, or of which the largest counts; and the amount.

    An empty name for other quantities, and if every amount is 0.
    """
    if not quantity.adds and quantity.together is not largest:
        return "", 0
    numbers = {line.name: line.amounts[quantity.key].number_or_0 for line in layers}
    name = max(numbers, key=lambda each: numbers[each], default="")
    return (name, numbers[name]) if name and numbers[name] else ("", 0)
