"""Cost of a Graph: quantities such as params and mult-adds, by layer, by block and by op."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from costcalc.analysis.breakdown import Breakdown, By, Row
from costcalc.analysis.quantities import BASIC, find
from costcalc.analysis.quantity import INCOMPLETE, Amount, Layers, Quantity
from costcalc.spec import arguments
from costcalc.spec.count import digits
from costcalc.spec.graph import Graph, Mode
from costcalc.spec.node import Node
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel
from costcalc.spec.sizes import known

if TYPE_CHECKING:
    from fractions import Fraction

    import pandas


class Cost:
    """Costs of a Graph in one mode. Totals as attributes; `by_layer`, `by_block` and `by_op` break them down.

    `quantities` are shown by frames and reports: params, mult-adds and activations by default. Others of costcalc's own
    can be read too: ``cost["params"]`` is the network's Amount of the quantity with that key.

    dtype  of its floating-point tensors; None: each has its own, float32 if it has none
    on     the Device that it is computed for, if any
    timed  measures the seconds of a forward pass; None: nothing is run

    Raises CostcalcError for a quantity that needs a device or a measurement, if there is none.
    """

    breakdown: ClassVar[type[Breakdown]] = Breakdown

    def __init__(
        self, graph: Graph, mode: Mode = "eval", quantities: Sequence[Quantity] | None = None,
        dtype: str | None = None, on: Any = None, timed: Callable[[], float] | None = None,
    ) -> None:  # fmt: skip
        self.graph, self.mode, self.run = graph, mode, Run(graph, mode, dtype, on, timed)
        self.quantities = tuple(map(find, BASIC) if quantities is None else _checked(quantities))
        for quantity in self.quantities:
            quantity.check(self.run)
        self._amounts: dict[str, Layers] = {}
        self._totals: dict[str, Amount] = {}

    def showing(
        self, quantities: Sequence[Quantity], dtype: str | None = None, on: Any = None,
        timed: Callable[[], float] | None = None,
    ) -> Cost:  # fmt: skip
        """The same cost with these quantities. One that it has already keeps its way of counting, as causal halves do.

        dtype, on, timed  in the place of its own
        """
        own, run = {quantity.key: quantity for quantity in self.quantities}, self.run
        shown = [own.get(quantity.key, quantity) for quantity in quantities]
        at = dtype or run.given_dtype, on or run.on, timed or run.timed
        return type(self)(self.graph, self.mode, shown, *at)

    def quantity(self, key: str) -> Quantity:
        """The quantity with that key: one of `quantities`, or another of costcalc's own.

        Raises CostcalcError for an unknown key.
        """
        return next((quantity for quantity in self.quantities if quantity.key == key), None) or find(key)

    def amounts(self, quantity: Quantity) -> Layers:
        """The amount of each node, computed once."""
        if quantity.key not in self._amounts:
            self._amounts[quantity.key] = quantity.layers(self.run)
        return self._amounts[quantity.key]

    def __getitem__(self, key: str) -> Amount:
        if key not in self._totals:
            self._totals[key] = self.quantity(key).total(self.run, self.amounts)
        return self._totals[key]

    @property
    def layers(self) -> list[Row]:
        """A row per layer, in the order in which they run."""
        return [Row(self, node.name, [node]) for node in self.graph.nodes]

    @property
    def params(self) -> int:
        """Learned numbers, each weight once. The same in every mode."""
        return self["params"].number_or_0

    @property
    def macs(self) -> int:
        """Mult-adds of all layers whose mult-adds are known."""
        return self["mult_adds"].number_or_0

    @property
    def tokens(self) -> int | None:
        """Token ids per pass, batch x length; None unless the first input is token ids, and all such inputs agree."""
        sizes = {numel(t.shape) for t in self.graph.inputs if t.integer}
        return sizes.pop() if len(sizes) == 1 and self.graph.inputs[0].integer else None

    @property
    def macs_per_token(self) -> Fraction | None:
        """`macs` per token, as an exact Fraction; None if `tokens` is None."""
        if self.tokens is None:
            return None
        from fractions import Fraction  # imported only where it is needed: it takes several milliseconds

        macs: Any = self.macs
        return Fraction(macs, self.tokens) if known(macs) and known(self.tokens) else macs / self.tokens

    @property
    def activations(self) -> int:
        """Output elements of all ops, without views and in-place ones."""
        return self["activations"].number_or_0

    @property
    def unknown(self) -> list[str]:
        """Names of the layers with unknown mult-adds. If there are any, `macs` is a lower bound."""
        return [row.name for row in self.layers if row.status == "unknown"]

    @property
    def by_rules(self) -> list[str]:
        """Names of the ops, modules and functions whose mult-adds come from rules of the user's."""
        settings = [node.facts.settings for node in self.graph.nodes if node.op == "custom"]
        return list(dict.fromkeys(str(each["aten"]) for each in settings if each.get("rule_of")))

    @property
    def notes(self) -> list[str]:
        """Remarks on the numbers, for every report: the graph's own, and which numbers are the user's."""
        users = [f"By your own rules (costcalc.rule): the mult-adds of {', '.join(self.by_rules)}."]
        return [*self.graph.note.splitlines(), *(users if self.by_rules else [])]

    @property
    def status(self) -> Literal["complete", "lower bound"]:
        """`lower bound` if the mult-adds of any layer are unknown, otherwise `complete`."""
        return "lower bound" if self["mult_adds"].status in INCOMPLETE else "complete"

    @property
    def conventions(self) -> tuple[Any, ...]:
        """The conventions among `quantities`."""
        return tuple(quantity.convention for quantity in self.quantities if quantity.convention is not None)

    @property
    def counts(self) -> dict[str, int]:
        """Each convention's total for the network; None if it does not count operations."""
        return {convention.name: self[convention.name].number for convention in self.conventions}

    def by_layer(self) -> Breakdown:
        """A row per layer, in the order in which they run."""
        return self.breakdown(self, self.layers, "layer")

    def by_block(self, depth: int = 1) -> Breakdown:
        """A row per block: layers whose names agree in the first `depth` parts."""
        depth = arguments.integer("depth", depth, 1)
        return self._grouped(lambda node: ".".join(node.path.split(".")[:depth]))

    def by_op(self) -> Breakdown:
        """A row per kind of computation."""
        return self._grouped(lambda node: node.op, "op")

    def to_pandas(self) -> pandas.DataFrame:
        """`by_layer` as a frame."""
        return self.by_layer().to_pandas()

    def __repr__(self) -> str:
        at_least = "at least " if self.unknown else ""
        more = "" if self.graph.inputs else "".join(f"; {note.rstrip('.')}" for note in self.notes[:1])
        return f"Cost({self.graph.name}: {digits(self.params)} params, {at_least}{digits(self.macs)} mult-adds{more})"

    def _grouped(self, key: Callable[[Node], str], by: By = "block") -> Breakdown:
        groups: dict[str, list[Node]] = {}
        for node in self.graph.nodes:
            groups.setdefault(key(node), []).append(node)
        return self.breakdown(self, [Row(self, name, nodes, by == "op") for name, nodes in groups.items()], by)


def _checked(quantities: Sequence[Quantity]) -> Sequence[Quantity]:
    right = "a list of quantities; costcalc.cost(graph, columns=['params']) takes their names"
    found: Sequence[Quantity] = arguments.listed("quantities", quantities, right)
    if not all(isinstance(each, Quantity) for each in found):
        raise arguments.wrong("quantities", quantities, right)
    return found
