"""Convention: how one counting tool counts, op by op, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

from costcalc.conventions.called import starting_calls
from costcalc.conventions.held import by_path
from costcalc.conventions.rules import Rules
from costcalc.spec.count import ZERO, Count, product
from costcalc.spec.graph import Graph
from costcalc.spec.node import Node
from costcalc.spec.numbers import total
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel
from costcalc.spec.traits import traits
from costcalc.spec.truths import Undecided

Quantity = Literal["params", "mult-adds"]

TRANSFORMED = "a forward pass that takes derivatives, or maps over an axis"
"""How `Convention.unpredicted` names the derivatives and maps of torch.func."""


class Convention(Rules):
    """How a tool counts: its rules, and how their counts add up.

    name       of the tool; also the key in JSON
    version    of the tool that the rules were written for and are tested against
    unit       the tool's count for one mult-add: 1, or 2 if it counts multiply and add apart
    about      one sentence on what the tool counts
    sees, has  how the tool sees a network ("hooks modules"), and its word for what counts an op ("hook")
    eval_only  True for a tool that puts the model in eval mode before it counts: train counts as eval
    trained    True for a tool that counts only trainable parameters (``requires_grad``) as params
    looks_inside  True for a tool that may count what runs inside a custom operation of the user
    transforms  True for a tool that sees what torch runs if a forward pass takes derivatives, or maps over an axis
    why_left_out  why the tool leaves out nodes that run; empty if it leaves out none
    counts_sizes  True for a tool that counts products of sizes among the arguments of calls
    memory     the tool's memory lines in bytes, by key; empty if it has none
    memory_headings  the tool's own headings of these lines, by key
    printed    by quantity, the unit of the figures that its source prints rounded: 10**6 for millions
    """

    looks_inside = True
    transforms = False
    why_left_out = ""
    counts_sizes = False

    def __init__(
        self,
        name: str,
        *,
        version: str,
        unit: int,
        about: str,
        sees: str = "",
        has: str = "rule",
        eval_only: bool = False,
        trained: bool = False,
    ) -> None:
        super().__init__(name)
        self.version, self.unit, self.about = version, unit, about
        self.sees, self.has = sees, has
        self.eval_only, self.trained = eval_only, trained
        self.memory: Callable[[Run], dict[str, int]] = lambda run: {}
        self.memory_headings: dict[str, str] = {}
        self.printed: dict[Quantity, int] = {}

    def unpredicted(self, graph: Graph) -> list[str]:
        """Operations that the tool may count, but no rule says how. If there are any, its total is not predicted."""
        nodes = (each for node in graph.nodes for each in (node, *node.noticed.constants))
        names = dict.fromkeys(name for node in nodes for name in self.unsupported(node))
        if graph.transformed and not self.transforms:
            names[TRANSFORMED] = None
        return [] if self.only_params else list(names)

    def unsupported(self, node: Node) -> Iterator[str]:
        """The name of a node's operation, or of the one it is a part of, if no rule says how the tool counts it."""
        place, _, name = node.call.name.rpartition(".") if node.call else ("", "", "")
        if place == "torch.ops.aten" and name != node.op and self.counts_whole(name) and name in self.rules:
            yield name
        if place == "torch.ops.aten" and name.startswith("quantized"):  # a kernel of its own, read as that of floats
            yield name
        if node.op == node.noticed.kernel == "matmul" and node.op in self.rules:  # of a vector
            yield "matmul"
        if traits(node.op).unsupported:
            name = node.facts.settings["aten"]
            settings = node.facts.settings
            whole = settings.get("rule_of", "") in ("module", "function")  # what runs inside is not in the graph
            own = whole or ("::" in name and self.looks_inside)
            if own or name in self.rules or name in self.generic or not all(map(numel, node.facts.outputs)):
                yield name

    def counts_whole(self, name: str) -> bool:
        """True for an aten operation that the tool counts as a whole, also if it is read through its parts."""
        return traits(name).composite

    def unseen(self, node: Node, run: Run) -> str:
        """Why the tool does not see a node that runs, as a clause; empty if the tool sees it."""
        return ""

    def named(self, node: Node) -> str:
        """The name of a node's operation as the tool sees it: its op, or its aten operation."""
        return str(node.facts.settings.get("aten", node.op))

    def formula(self, node: Node, run: Run) -> Count | None:
        """The tool's count for a node that runs, in its own unit; None if the tool does not count it.

        Includes its counts for modules that begin with the node, for products of sizes, and for operations on
        constants that ran before the node.
        """
        count = self.alone(node, run)
        for _, more in self.of_constants(node, run):
            count = more + (count or ZERO)
        return count

    def of_constants(self, node: Node, run: Run) -> Iterator[tuple[Node, Count]]:
        """The operations on constants before a node that the tool counts, and their counts."""
        for each in node.noticed.constants:
            count = self.alone(each, run)
            if count is not None and count.terms:
                yield each, count

    def alone(self, node: Node, run: Run) -> Count | None:
        """The part of `formula` without operations on constants."""
        count = self.own(node, run)
        for call in starting_calls(node):
            rule = self.rule_of_call(call)
            more = rule.count(call) if rule else None
            if more is not None:
                count = more + (count or ZERO)
        sizes = node.noticed.size_products if self.counts_sizes else 0
        return (count or ZERO) + product(sizes=sizes) if sizes else count

    def own(self, node: Node, run: Run) -> Count | None:
        """The part of `alone` that is the node's own."""
        rule = self.rule_of(node)
        return rule.count(node, self.own_run(run)) if rule else None

    def number(self, formula: Count) -> Any:
        """A node's `formula` as a number."""
        return formula.value

    def count(self, node: Node, run: Run) -> Any:
        """`formula` as a number. Elements of arrays of sizes may each have another formula.

        Raises CostcalcError if the formula depends on the value of a symbol.
        """
        try:
            formula = self.formula(node, run)
        except Undecided as error:
            why = Undecided(f"how {self.name} counts layer {node.name!r}: {error}")
            return run.each(node, lambda one, again: None if again is None else self.count(again, one), why)
        return None if formula is None else self.number(formula)

    def runs(self, node: Node, run: Run) -> bool:
        """True for a node that the tool runs; with `eval_only` in eval mode."""
        return node not in self.own_run(run).not_run

    def ran(self, run: Run) -> Iterable[Node]:
        """The nodes that the tool runs, in order."""
        return (node for node in run.graph.nodes if self.runs(node, run))

    def counts(self, run: Run) -> dict[Node, Any]:
        """`count` of each node that the tool runs, in order."""
        return {node: self.count(node, run) for node in self.ran(run)}

    def total(self, run: Run) -> Any:
        """The tool's number for the network, in its own unit."""
        return total(count for _, count in self._counted(run))

    def by_module(self, run: Run) -> dict[str, int]:
        """The tool's number by module path, with all that runs in a module and below it. "" is the network."""
        return by_path(self._counted(run))

    def params(self, run: Run) -> Any:
        """The tool's number of parameters of the network."""
        return total(count for _, count in self._tensors(run))

    def params_by_module(self, run: Run) -> dict[str, int]:
        """The tool's number of parameters by module path, as in `by_module`."""
        return by_path(self._tensors(run))

    def own_run(self, run: Run) -> Run:
        """The run in the tool's mode: eval with `eval_only`."""
        return run.in_eval() if self.eval_only else run

    def _counted(self, run: Run) -> Iterator[tuple[Node, int]]:
        for node, count in self.counts(run).items():
            if count is not None:
                apart = [(each, self.number(more)) for each, more in self.of_constants(node, run)]
                yield node, count - total(number for _, number in apart)
                yield from apart

    def _tensors(self, run: Run) -> Iterator[tuple[Node, int]]:
        """The size of each tensor that counts as params, once, with the first node that has it."""
        seen: set[str] = set()
        run = self.own_run(run)
        for node in run.graph.nodes:
            shapes = {**node.facts.weights, **node.facts.buffers}
            names = dict(zip(node.facts.weights, node.weights, strict=True))
            for key in self._params(node, run):
                path = names.get(key, f"{node.path}.{key}")
                if path not in seen and not (self.trained and path in run.graph.frozen):
                    seen.add(path)
                    yield node, numel(shapes[key])
