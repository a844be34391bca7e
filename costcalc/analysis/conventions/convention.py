"""Convention: how one counting tool counts, op by op, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from costcalc.spec.count import ZERO, Count
from costcalc.spec.graph import Graph, Mode, Node
from costcalc.spec.shapes import numel

CountRule = Callable[[Node, Mode], Count | None]
"""What the tool counts for a node: a Count, ZERO by its convention, or None: it does not see it."""

ParamsRule = Callable[[Node, bool], Iterable[str]]
"""Which of a node's weights and buffers the tool counts as params, by name in `Facts`; told whether it ran the node."""

Quantity = Literal["params", "mult-adds"]


@dataclass(frozen=True, slots=True)
class OpRule:
    """One op's rule: the count, the function of the tool's source it mirrors, and what a reader must know."""

    count: CountRule
    mirrors: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """Part of the way from mult-adds to a tool's total: so much more (or less), in so many layers of an op."""

    op: str
    layers: int
    difference: int
    why: str


GENERIC = frozenset({"elementwise", "move"})
"""Ops of models read from torch that stand for many operations, whose name is in their settings."""

NO_RULES = frozenset({"gru", "lstm", "rnn"})
"""Ops that the tools count in ways that no rule states yet: a total with one of them is not predicted."""


class Convention:
    """A tool's way of counting: `rules` by op, and what it makes of any op that has no rule of its own.

    name       the tool; also the key in JSON
    version    the version of the tool that the rules were written for and are tested against
    unit       how much the tool counts for one mult-add: 1, or 2 where it counts multiply and add apart
    about      in a sentence, what it counts
    eval_only  True for a tool that puts the model in eval mode before it counts: train counts as eval
    traced     True for a tool that reads torch.jit's trace, which leaves out what no output needs
    memory     its memory lines, where it has any
    printed    what one unit of a printed figure stands for, where its source prints rounded ones
    """

    def __init__(
        self, name: str, *, version: str, unit: int, about: str, eval_only: bool = False, traced: bool = False
    ) -> None:
        self.name, self.version, self.unit, self.about = name, version, unit, about
        self.eval_only, self.traced = eval_only, traced
        self.rules: dict[str, OpRule] = {}
        self.other: OpRule | None = None
        self.generic: dict[str, OpRule] = {}
        self.memory: Callable[[Graph, Mode], dict[str, int]] | None = None
        self.printed: dict[Quantity, int] = {}
        self._params: ParamsRule = _weights

    def rule(self, *ops: str, mirrors: str, note: str = "") -> Callable[[CountRule], CountRule]:
        """Make a function the rule of these ops; of all ops without one, where none is named."""

        def decorate(count: CountRule) -> CountRule:
            made = OpRule(count, mirrors, note)
            if not ops:
                self.other = made
            self.rules.update(dict.fromkeys(ops, made))
            return count

        return decorate

    def aten(self, *names: str, mirrors: str, note: str = "") -> Callable[[CountRule], CountRule]:
        """Make a function the rule of operations that are no op of their own, by their names in aten."""

        def decorate(count: CountRule) -> CountRule:
            self.generic.update(dict.fromkeys(names, OpRule(count, mirrors, note)))
            return count

        return decorate

    def zero(self, *ops: str, mirrors: str) -> None:
        """These ops are known to the tool, and nothing by its convention."""
        self.rule(*ops, mirrors=mirrors)(lambda node, mode: ZERO)

    def params_rule(self, names: ParamsRule) -> ParamsRule:
        """Make a function the rule for what counts as params; without one, all weights, whether they ran or not."""
        self._params = names
        return names

    @property
    def only_params(self) -> bool:
        """True where the tool has no count of operations at all: its `total` is no number of its own."""
        return not self.rules and self.other is None

    def of(self, op: str) -> OpRule | None:
        """The rule for an op; None: the tool does not see it."""
        return self.rules.get(op, self.other)

    def rule_for(self, node: Node) -> OpRule | None:
        """The rule for a node: of its op, or of the operation that it is; None: the tool does not see it."""
        if node.op in GENERIC and node.facts.settings["aten"] in self.generic:
            return self.generic[node.facts.settings["aten"]]
        return self.of(node.op)

    def unpredicted(self, graph: Graph) -> list[str]:
        """Ops of the network that the tool may count, and no rule says how: with any, its total is not predicted."""
        ops = dict.fromkeys(node.op for node in graph.nodes)
        return [] if self.only_params else [op for op in ops if op in NO_RULES and op not in self.rules]

    def formula(self, node: Node, mode: Mode) -> Count | None:
        """What the tool counts for a node that runs, in its own unit; None: it does not see it."""
        rule = self.rule_for(node)
        return rule.count(node, self._mode(mode)) if rule else None

    def count(self, node: Node, mode: Mode) -> int | None:
        """`formula` as a number."""
        formula = self.formula(node, mode)
        return None if formula is None else formula.value

    def counts(self, graph: Graph, mode: Mode) -> dict[Node, int | None]:
        """`count` of each node that the tool runs, in order; with `eval_only` those of eval mode."""
        not_run = graph.not_run(self._mode(mode))
        ran = [node for node in graph.nodes if node not in not_run]
        if self.traced:
            needed = _needed(graph, self._mode(mode))
            ran = [node for node in ran if node in needed]
        return {node: self.count(node, mode) for node in ran}

    def total(self, graph: Graph, mode: Mode) -> int:
        """The tool's number for the network, in its own unit."""
        return sum(count for _, count in self._counted(graph, mode))

    def by_module(self, graph: Graph, mode: Mode) -> dict[str, int]:
        """The tool's number by module path; a module has what runs in it and below it. "" is the network."""
        return _by_module(self._counted(graph, mode))

    def params(self, graph: Graph, mode: Mode) -> int:
        """The tool's number of parameters of the network."""
        return sum(count for _, count in self._tensors(graph, mode))

    def params_by_module(self, graph: Graph, mode: Mode) -> dict[str, int]:
        """The same by module path, as `by_module`."""
        return _by_module(self._tensors(graph, mode))

    def ledger(self, graph: Graph, mode: Mode) -> list[LedgerLine]:
        """The lines from mult-adds to the tool's total: the unit first, then op by op. They add up exactly."""
        not_run, counts = graph.not_run(mode), self.counts(graph, mode)
        lines: list[LedgerLine] = []
        if self.unit != 1:
            costly = [node.facts.macs.value for node in graph.nodes if node in counts and node.facts.macs]
            why = f"the tool counts {self.unit} for one mult-add"
            lines.append(LedgerLine("unit", sum(1 for m in costly if m), (self.unit - 1) * sum(costly), why))
        differences: dict[tuple[str, str], list[int]] = {}
        for node in graph.nodes:
            rule = self.rule_for(node)
            macs = node.facts.macs.value if node.facts.macs else 0
            if node in counts:
                difference = (counts[node] or 0) - self.unit * macs + (macs if node in not_run else 0)
                why = rule.note if rule else "not seen by this tool"
            else:
                difference = 0 if node in not_run else -macs
                why = "no output needs it" if self.traced else "not run: the tool puts the model in eval mode"
            if difference:
                differences.setdefault((node.op, why), []).append(difference)
        return lines + [LedgerLine(op, len(each), sum(each), why) for (op, why), each in differences.items()]

    def _mode(self, mode: Mode) -> Mode:
        return "eval" if self.eval_only else mode

    def _counted(self, graph: Graph, mode: Mode) -> Iterator[tuple[Node, int]]:
        for node, count in self.counts(graph, mode).items():
            if count is not None:
                yield node, count

    def _tensors(self, graph: Graph, mode: Mode) -> Iterator[tuple[Node, int]]:
        """Each tensor that counts as params once, with the first node that has it."""
        seen: set[str] = set()
        not_run = graph.not_run(self._mode(mode))
        for node in graph.nodes:
            shapes = {**node.facts.weights, **node.facts.buffers}
            names = dict(zip(node.facts.weights, node.weights, strict=True))
            for key in self._params(node, node not in not_run):
                path = names.get(key, f"{node.path}.{key}")
                if path not in seen:
                    seen.add(path)
                    yield node, numel(shapes[key])


def _needed(graph: Graph, mode: Mode) -> set[Node]:
    """The nodes of a torch.jit trace: those that an output needs and, in training, running statistics."""
    heads = graph.train_outputs if mode == "train" else ()
    todo = [t.node for t in (*graph.outputs, *heads)]
    if mode == "train":
        todo += [node for node in graph.nodes if "running_mean" in node.facts.buffers]
    needed: set[Node] = set()
    while todo:
        node = todo.pop()
        if node is not None and node not in needed:
            needed.add(node)
            todo += [t.node for t in node.inputs]
    return needed


def _weights(node: Node, ran: bool) -> Iterable[str]:
    return node.facts.weights


def _by_module(numbers: Iterable[tuple[Node, int]]) -> dict[str, int]:
    sums = {"": 0}
    for node, number in numbers:
        path = node.module
        parts = path.split(".") if path else []
        for depth in range(len(parts) + 1):
            module = ".".join(parts[:depth])
            sums[module] = sums.get(module, 0) + number
    return sums
