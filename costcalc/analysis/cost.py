"""Cost of a Graph: params, mult-adds and activations, by layer, by block and by op."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from costcalc.spec.count import digits
from costcalc.spec.graph import Graph, Mode, Node
from costcalc.spec.numbers import total
from costcalc.spec.run import Run
from costcalc.spec.shapes import Shape, numel
from costcalc.spec.sizes import known

if TYPE_CHECKING:
    import pandas

    from costcalc.conventions.convention import Convention

Status = Literal["counted", "zero", "unknown", "not run", "lower bound"]


@dataclass(slots=True)
class Layer:
    """What one node costs.

    params       elements of its weights; 0 where an earlier use of the same weights has counted them
    macs         mult-adds; None: unknown
    activations  elements it puts out, views and in-place ops left out
    status       counted, zero (by convention), unknown, or not run (an auxiliary head in eval mode)
    """

    node: Node
    params: int
    macs: int | None
    activations: int
    status: Status


@dataclass(slots=True)
class Row:
    """One line of a breakdown: a layer, a block of layers, or all layers of one op.

    `op` is the kind of computation, of a block its kinds, in order. `outputs` are what others read.
    `formula` is empty but for a layer. `counts` has other tools' numbers, None where one does not see it.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    outputs: tuple[Shape, ...]
    params: int
    macs: int | None
    activations: int
    status: Status
    formula: str = ""
    counts: dict[str, int | None] = field(default_factory=dict)


class Breakdown:
    """Rows that add up to the total of a Cost."""

    def __init__(self, cost: Cost, rows: Sequence[Row]) -> None:
        self.cost, self.rows = cost, list(rows)

    def to_pandas(self) -> pandas.DataFrame:
        """A frame with a row each; unknown mult-adds are missing values (dtype Int64)."""
        import pandas

        frame = pandas.DataFrame(
            {
                "name": [r.name for r in self.rows],
                "op": [r.op for r in self.rows],
                "output": [" ".join("x".join(map(str, s)) for s in r.outputs) for r in self.rows],
                "params": [r.params for r in self.rows],
                "mult_adds": pandas.array([r.macs for r in self.rows], dtype="Int64"),
                "activations": [r.activations for r in self.rows],
                "status": [r.status for r in self.rows],
            }
        )
        for convention in self.cost.conventions:
            counts = [r.counts[convention.name] for r in self.rows]
            frame[convention.name] = pandas.array(counts, dtype="Int64")
        return frame

    def _repr_html_(self) -> str:
        return str(self.to_pandas().to_html(index=False))


class Cost:
    """Costs of a Graph in one mode. Totals as attributes; `by_layer`, `by_block` and `by_op` break them down.

    `conventions` are other tools' ways of counting, whose numbers the rows then carry too.
    """

    def __init__(self, graph: Graph, mode: Mode = "eval", conventions: Sequence[Convention] = ()) -> None:
        self.run, self.conventions = Run(graph, mode), tuple(conventions)
        self.graph, self.mode = graph, mode
        self.layers = _layers(graph, mode)
        self._tools = {c.name: c.counts(self.run) for c in self.conventions}

    @property
    def params(self) -> int:
        """Learned numbers, each weight once. The same in every mode."""
        made: int = total(layer.params for layer in self.layers)
        return made

    @property
    def macs(self) -> int:
        """Mult-adds of all layers whose mult-adds are known."""
        made: int = total(layer.macs for layer in self.layers if layer.macs is not None)
        return made

    @property
    def tokens(self) -> int | None:
        """Ids read at once, batch x length; None unless the first input is of ids, and others of ids are as long."""
        sizes = {numel(t.shape) for t in self.graph.inputs if t.integer}
        return sizes.pop() if len(sizes) == 1 and self.graph.inputs[0].integer else None

    @property
    def macs_per_token(self) -> Fraction | None:
        """`macs` by `tokens`, exactly; None where there are none."""
        macs: Any = self.macs
        whole = known(macs) and known(self.tokens)
        return None if self.tokens is None else Fraction(macs, self.tokens) if whole else macs / self.tokens

    @property
    def activations(self) -> int:
        """Elements put out by all ops, views and in-place ones left out."""
        made: int = total(layer.activations for layer in self.layers)
        return made

    @property
    def unknown(self) -> list[str]:
        """Names of the layers whose mult-adds are unknown: with any, `macs` is a lower bound."""
        return [layer.node.name for layer in self.layers if layer.status == "unknown"]

    @property
    def status(self) -> Literal["complete", "lower bound"]:
        """Whether `macs` is all there is."""
        return "lower bound" if self.unknown else "complete"

    @property
    def counts(self) -> dict[str, int]:
        """Each convention's total for the network."""
        return {c.name: c.total(self.run) for c in self.conventions}

    def by_layer(self) -> Breakdown:
        """A row a layer, in the order they run."""
        return Breakdown(self, [self._row(layer.node.name, [layer]) for layer in self.layers])

    def by_block(self, depth: int = 1) -> Breakdown:
        """A row a block: layers whose names agree in the first `depth` parts."""
        return self._grouped(lambda layer: ".".join(layer.node.path.split(".")[:depth]))

    def by_op(self) -> Breakdown:
        """A row a kind of computation."""
        rows = self._grouped(lambda layer: layer.node.op).rows
        for row in rows:
            row.inputs, row.outputs = (), ()
        return Breakdown(self, rows)

    def to_pandas(self) -> pandas.DataFrame:
        """`by_layer` as a frame."""
        return self.by_layer().to_pandas()

    def __repr__(self) -> str:
        at_least = "at least " if self.unknown else ""
        return f"Cost({self.graph.name}: {digits(self.params)} params, {at_least}{digits(self.macs)} mult-adds)"

    def _repr_html_(self) -> str:
        status = f"{self.status}, {self.mode} mode, {digits(self.activations)} activations"
        return f"<p>{self!r}: {status}</p>{self.by_block()._repr_html_()}"

    def _grouped(self, key: Callable[[Layer], str]) -> Breakdown:
        groups: dict[str, list[Layer]] = {}
        for layer in self.layers:
            groups.setdefault(key(layer), []).append(layer)
        return Breakdown(self, [self._row(name, layers) for name, layers in groups.items()])

    def _row(self, name: str, layers: Sequence[Layer]) -> Row:
        nodes = [layer.node for layer in layers]
        inside = set(nodes)
        inputs = dict.fromkeys(t.name for node in nodes for t in node.inputs if t.node not in inside)
        counts = {name: _sum(count.get(node) for node in nodes) for name, count in self._tools.items()}
        one = layers[0] if len(layers) == 1 else None
        macs = one.node.facts.macs if one else None
        return Row(
            name=name,
            op="+".join(dict.fromkeys(node.op for node in nodes)),
            inputs=tuple(inputs),
            outputs=tuple(_read_outside(self.graph, nodes, inside)),
            params=total(layer.params for layer in layers),
            macs=one.macs if one else total(layer.macs for layer in layers if layer.macs is not None),
            activations=total(layer.activations for layer in layers),
            status=one.status if one else _status({layer.status for layer in layers}),
            formula=macs.formula if one and macs and one.status == "counted" else "",
            counts=counts,
        )


def _layers(graph: Graph, mode: Mode) -> list[Layer]:
    not_run = graph.not_run(mode)
    sizes: dict[str, int] = {name: numel(shape) for name, shape in graph.weights.items()}
    layers = []
    for node in graph.nodes:
        facts = node.facts
        params = 0
        for name in node.weights:
            params += sizes.pop(name, 0)  # weights used before have been counted
        if node in not_run:
            layers.append(Layer(node, params, 0, 0, "not run"))
            continue
        macs = facts.macs
        activations = total(map(numel, facts.own(mode)))
        if macs is None:
            layers.append(Layer(node, params, None, activations, "unknown"))
        elif macs.terms:
            layers.append(Layer(node, params, macs.value, activations, "counted"))
        else:
            layers.append(Layer(node, params, 0, activations, "zero"))
    return layers


def _read_outside(graph: Graph, nodes: Sequence[Node], inside: set[Node]) -> Iterable[Shape]:
    """Shapes of the tensors made in these nodes that other nodes, or the network's caller, read."""
    if len(nodes) == 1:
        return nodes[0].facts.outputs
    read = {(t.node, t.index) for n in graph.nodes if n not in inside for t in n.inputs}
    read |= {(t.node, t.index) for t in (*graph.outputs, *graph.train_outputs)}
    return [shape for node in nodes for i, shape in enumerate(node.facts.outputs) if (node, i) in read]


def _status(statuses: set[Status]) -> Status:
    """The status of a group: a lower bound if any layer is unknown; not run or zero only if all are."""
    if "unknown" in statuses:
        return "lower bound"
    if "counted" in statuses:
        return "counted"
    return "zero" if "zero" in statuses else "not run"


def _sum(counts: Iterable[int | None]) -> int | None:
    """The sum of what is seen; None where nothing is."""
    seen = [count for count in counts if count is not None]
    return total(seen) if seen else None
