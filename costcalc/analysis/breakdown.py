"""Breakdown: the rows of a Cost, by layer, by block or by op."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from costcalc.analysis.quantity import Amount, Status
from costcalc.spec.graph import Graph
from costcalc.spec.node import Node
from costcalc.spec.shapes import Shape, joined

if TYPE_CHECKING:
    import pandas

    from costcalc.analysis.cost import Cost


By = Literal["block", "layer", "op"]
"""The kind of a row."""


class Row:
    """One line of a breakdown: a layer, a block of layers, or, with `scattered`, all layers of one op.

    ``row["params"]`` is the Amount of any quantity, by its key.
    """

    __slots__ = ("cost", "name", "nodes", "scattered")

    def __init__(self, cost: Cost, name: str, nodes: Sequence[Node], scattered: bool = False) -> None:
        self.cost, self.name, self.nodes, self.scattered = cost, name, nodes, scattered

    def __getitem__(self, key: str) -> Amount:
        return self.cost.quantity(key).amount(self.nodes, self.cost.amounts)

    @property
    def node(self) -> Node:
        """The node of a row by layer."""
        (node,) = self.nodes
        return node

    @property
    def op(self) -> str:
        """The kind of computation; for a block all its kinds, in order."""
        return "+".join(dict.fromkeys(node.op for node in self.nodes))

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the tensors read from outside the row; empty by op."""
        inside = set(self.nodes)
        names = [] if self.scattered else [t.name for n in self.nodes for t in n.inputs if t.node not in inside]
        return tuple(dict.fromkeys(names))

    @property
    def outputs(self) -> tuple[Shape, ...]:
        """Shapes of the tensors that other nodes read; empty by op."""
        return () if self.scattered else tuple(_read_outside(self.cost.graph, self.nodes))

    @property
    def params(self) -> int:
        """Learned numbers; 0 if an earlier row counts them."""
        return self["params"].number_or_0

    @property
    def macs(self) -> int | None:
        """Mult-adds; None if unknown."""
        macs: int | None = self["mult_adds"].number
        return macs

    @property
    def activations(self) -> int:
        """Output elements, without views and in-place ops."""
        return self["activations"].number_or_0

    @property
    def status(self) -> Status:
        """The status of the mult-adds."""
        return self["mult_adds"].status

    @property
    def formula(self) -> str:
        """The formula of the mult-adds, with their number; empty except by layer."""
        amount = self["mult_adds"]
        return amount.formula.formula if amount.formula and amount.status == "counted" else ""

    @property
    def counts(self) -> dict[str, int | None]:
        """Other tools' numbers; None if the tool does not count it."""
        return {convention.name: self[convention.name].number for convention in self.cost.conventions}

    def __repr__(self) -> str:
        return f"Row({self.name}: {self.op})"


class Breakdown:
    """Rows of a Cost that aggregate to its total."""

    def __init__(self, cost: Cost, rows: Sequence[Row], by: By = "block") -> None:
        self.cost, self.rows, self.by = cost, list(rows), by

    def to_pandas(self) -> pandas.DataFrame:
        """A frame with a row per Row and a column per quantity; a missing value is unknown or not counted.

        Integers have dtype Int64. `status` is that of the mult-adds.
        """
        import pandas

        frame = pandas.DataFrame(
            {
                "name": [row.name for row in self.rows],
                "op": [row.op for row in self.rows],
                "output": [" ".join(map(joined, row.outputs)) for row in self.rows],
            }
        )
        for quantity in self.cost.quantities:
            numbers = [row[quantity.key].number for row in self.rows]
            if quantity.unit == "s":
                frame[quantity.key] = pandas.Series(numbers, dtype="float64")
                continue
            try:
                frame[quantity.key] = pandas.array(numbers, dtype="Int64")
            except (TypeError, ValueError, OverflowError):  # ratios, symbols, numbers of more than 64 bits
                frame[quantity.key] = pandas.Series(numbers, dtype="object")
        own = [quantity.key for quantity in self.cost.quantities if quantity.convention is None]
        after = list(frame.columns).index(own[-1] if own else "output")
        frame.insert(after + 1, "status", [row.status for row in self.rows])
        return frame


def _read_outside(graph: Graph, nodes: Sequence[Node]) -> Iterable[Shape]:
    """Shapes of the tensors made in these nodes that other nodes, or the network's caller, read."""
    if len(nodes) == 1:
        return nodes[0].facts.outputs
    inside = set(nodes)
    read = {(t.node, t.index) for n in graph.nodes if n not in inside for t in n.inputs}
    read |= {(t.node, t.index) for t in (*graph.outputs, *graph.train_outputs)}
    return [shape for node in nodes for i, shape in enumerate(node.facts.outputs) if (node, i) in read]
