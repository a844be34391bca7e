"""Quantity: a figure that a table shows for each layer, block and network; and Amount, its value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal, NamedTuple

from costcalc.spec.count import Count
from costcalc.spec.errors import CostcalcError
from costcalc.spec.node import Node
from costcalc.spec.numbers import is_open, largest_of, product, total
from costcalc.spec.run import Run

Status = Literal["counted", "zero", "unknown", "not run", "not counted", "lower bound"]


class Amount(NamedTuple):
    """The value of a quantity for a layer, a block or a network.

    number   an integer, a fraction or a symbolic size; None if there is none
    status   counted, zero (by convention), unknown, not run (an auxiliary head in eval mode), not counted (a tool
             does not count the op, or the quantity has no value here), or lower bound (part of it is unknown)
    formula  the Count whose value is the number, if there is one
    """

    number: Any
    status: Status = "counted"
    formula: Count | None = None

    @classmethod
    def of(cls, count: Count | None) -> Amount:
        """The amount of a Count: None is unknown, a Count without terms is zero by convention."""
        if count is None:
            return UNKNOWN
        return cls(count.value, "counted", count) if count.terms else cls(0, "zero", count)

    @property
    def number_or_0(self) -> int:
        """The number; 0 if there is none."""
        number: int = 0 if self.number is None else self.number
        return number


class PerAxis(tuple[Any, ...]):
    """A number per spatial axis, as the number of an Amount: ``435x435``. Without axes it is ``all``: no bound."""

    def __str__(self) -> str:
        return ("x" if all(each > 0 for each in self) else ", ").join(map(str, self)) or "all"

    def __lt__(self, other: tuple[Any, ...]) -> bool:
        return (not self, product(self)) < (not other, product(other))


UNKNOWN = Amount(None, "unknown")
NOT_RUN = Amount(0, "not run")
NOT_COUNTED = Amount(None, "not counted")

Layers = Mapping[Node, Amount]
"""The amount of each node."""

INCOMPLETE = ("unknown", "lower bound")
"""Statuses of an amount whose true value may be larger than its number."""


def add(amounts: Sequence[Amount]) -> Amount:
    """The sum. With an unknown part it is a lower bound; it is not run, zero or not counted only if every part is."""
    known = [amount.number for amount in amounts if amount.number is not None]
    statuses = {amount.status for amount in amounts}
    if statuses.intersection(INCOMPLETE):
        return Amount(total(known), "lower bound")
    order: tuple[Status, ...] = ("counted", "zero", "not counted", "not run")
    status: Status = next((each for each in order if each in statuses), "zero")
    return Amount(total(known) if known or not amounts else None, status)


def largest(amounts: Sequence[Amount]) -> Amount:
    """The largest amount. With an unknown part it is a lower bound."""
    known = [amount for amount in amounts if amount.number is not None]
    incomplete = any(amount.status in INCOMPLETE for amount in amounts)
    if not known:
        return UNKNOWN if incomplete else add(amounts)
    ran = [amount for amount in known if amount.status != "not run"] or known
    if any(is_open(amount.number) for amount in ran):  # sizes are arrays or symbols: the largest of each element
        most = Amount(largest_of([amount.number for amount in ran]))
    else:
        most = max(ran, key=lambda amount: amount.number)
    return Amount(most.number, "lower bound" if incomplete else most.status)


def last(amounts: Sequence[Amount]) -> Amount:
    """The amount of the last layer that runs and has an amount."""
    without = ("not run", "not counted")
    none = amounts[-1] if amounts else add(())
    return next((amount for amount in reversed(amounts) if amount.status not in without), none)


def amounts_of(numbers: Mapping[Node, Any], run: Run) -> Layers:
    """An Amount per node: unknown if its number is None, zero if it is 0, not run if the node does not run."""
    made = {node: UNKNOWN if n is None else Amount(n, "counted" if n else "zero") for node, n in numbers.items()}
    return {node: NOT_RUN if node in run.not_run else amount for node, amount in made.items()}


class Quantity:
    """Base class of the quantities. A subclass defines `key`, `heading` and `of`, or `layers`.

    key         its name in JSON, in pandas and in ``--columns``, and the name of its file
    heading     the heading of its column
    unit        ``B`` for bytes, ``s`` for seconds; empty for a count
    scales      False for a ratio, which ``--units`` does not scale
    per_axis    True if its numbers are `PerAxis`, which have no ratios
    together    aggregates the amounts of several layers: `add`, `largest` or `last`
    of_network  the same for the whole network, if it differs
    reasons     text of `costcalc explain` for an amount, by its status
    note        a line below each table with the quantity; may be empty
    convention  the tool or paper that counts this way; None if the quantity is costcalc's own
    needs       ``device`` if it is computed for a device, ``timed`` if it is measured; empty: the graph is enough
    """

    key: str
    heading: str
    unit = ""
    scales = True
    per_axis = False
    together: Callable[[Sequence[Amount]], Amount] = staticmethod(add)
    of_network: Callable[[Sequence[Amount]], Amount] | None = None
    reasons: ClassVar[Mapping[str, str]] = {}
    note = ""
    convention: Any = None
    needs: Literal["", "device", "timed"] = ""

    def check(self, run: Run) -> None:
        """Raise CostcalcError, in one line, if the run lacks what the quantity needs."""
        if self.needs == "device" and run.on is None:
            raise CostcalcError(f"{self.key} is computed for a device; name one, like --on a100, or a file of one")
        if self.needs == "timed" and run.timed is None:
            raise CostcalcError(f"{self.key} is measured, and nothing is run here; costcalc compare and costcalc time "
                                "measure it")  # fmt: skip

    @property
    def adds(self) -> bool:
        """True if the amounts of layers add up to that of the network, so that each has a share."""
        return self.together is add

    def of(self, node: Node, run: Run) -> Amount:
        """The amount of a node that runs."""
        raise NotImplementedError(f"{type(self).__name__} has neither `of` nor `layers`")

    def layers(self, run: Run) -> Layers:
        """The amount of every node of the graph, in order."""
        return {node: NOT_RUN if node in run.not_run else self.of(node, run) for node in run.graph.nodes}

    def amount(self, nodes: Sequence[Node], layers: Callable[[Quantity], Layers]) -> Amount:
        """The amount of a group of nodes. `layers` returns the amounts of each node for any quantity."""
        amounts = [layers(self)[node] for node in nodes]
        return amounts[0] if len(amounts) == 1 else self.together(amounts)

    def total(self, run: Run, layers: Callable[[Quantity], Layers]) -> Amount:
        """The amount of the network."""
        return (self.of_network or self.together)([*layers(self).values()])

    def reason(self, node: Node, run: Run, status: Status) -> tuple[str, str]:
        """Why a node has an amount of this status, and the function of a tool's source that it mirrors, if any."""
        return self.reasons.get(status, REASONS.get(status, "")), ""

    def unknown_from(self, run: Run) -> Sequence[Node] | None:
        """The nodes that make others unknown; None if each is unknown by itself."""
        return None

    def notes(self, run: Run) -> list[str]:
        """Further lines about the quantity below a table of one network."""
        return []

    def __repr__(self) -> str:
        return f"Quantity({self.key})"


REASONS = {
    "unknown": "there is no rule for it, or it depends on values",
    "not run": "an auxiliary head: it runs in train mode",
}
"""Texts of `costcalc explain` by status, unless a quantity has its own."""


class Ratio(Quantity):
    """One quantity per another. For a group, the ratio of the two amounts of the group, not a mean of ratios."""

    scales = False

    def __init__(self, key: str, heading: str, above: Quantity, below: Quantity, unit: str = "") -> None:
        self.key, self.heading, self.above, self.below, self.unit = key, heading, above, below, unit

    @property
    def adds(self) -> bool:
        """Ratios do not add up."""
        return False

    def layers(self, run: Run) -> Layers:
        """The ratio of every node."""
        above, below = self.above.layers(run), self.below.layers(run)
        return {node: divided(above[node], below[node]) for node in run.graph.nodes}

    def amount(self, nodes: Sequence[Node], layers: Callable[[Quantity], Layers]) -> Amount:
        """The ratio of the amounts of a group."""
        return divided(self.above.amount(nodes, layers), self.below.amount(nodes, layers))

    def total(self, run: Run, layers: Callable[[Quantity], Layers]) -> Amount:
        """The ratio of the totals."""
        return divided(self.above.total(run, layers), self.below.total(run, layers))


def divided(above: Amount, below: Amount) -> Amount:
    """The exact ratio of two amounts: unknown if the denominator is incomplete, not counted if it is 0."""
    if above.status == "unknown" or below.status in INCOMPLETE:
        return UNKNOWN
    if above.status == "not run":
        return Amount(None, "not run")
    if above.number is None or below.number is None or below.number == 0:
        return NOT_COUNTED
    if is_open(above.number) or is_open(below.number):
        return Amount(above.number / below.number, above.status)
    from fractions import Fraction

    return Amount(Fraction(above.number) / Fraction(below.number), above.status)
