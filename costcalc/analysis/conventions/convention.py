"""Convention: how one counting tool counts, op by op, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from costcalc.spec.count import ZERO, Count
from costcalc.spec.graph import Graph, Mode, Node

CountRule = Callable[[Node, Mode], Count | None]
"""What the tool counts for a node: a Count, ZERO by its convention, or None: it does not see it."""


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


class Convention:
    """A tool's way of counting: `rules` by op, and what it makes of any op that has no rule of its own.

    name      the tool; also the key in JSON
    version   the version of the tool that the rules were written for and are tested against
    unit      how much the tool counts for one mult-add: 1, or 2 where it counts multiply and add apart
    about     in a sentence, what it counts
    """

    def __init__(self, name: str, *, version: str, unit: int, about: str) -> None:
        self.name, self.version, self.unit, self.about = name, version, unit, about
        self.rules: dict[str, OpRule] = {}
        self.other: OpRule | None = None
        self.memory: Callable[[Graph, Mode], dict[str, int]] | None = None

    def rule(self, *ops: str, mirrors: str, note: str = "") -> Callable[[CountRule], CountRule]:
        """Make a function the rule of these ops; of all ops without one, where none is named."""

        def decorate(count: CountRule) -> CountRule:
            made = OpRule(count, mirrors, note)
            if not ops:
                self.other = made
            self.rules.update(dict.fromkeys(ops, made))
            return count

        return decorate

    def zero(self, *ops: str, mirrors: str) -> None:
        """These ops are known to the tool, and nothing by its convention."""
        self.rule(*ops, mirrors=mirrors)(lambda node, mode: ZERO)

    def of(self, op: str) -> OpRule | None:
        """The rule for an op; None: the tool does not see it."""
        return self.rules.get(op, self.other)

    def formula(self, node: Node, mode: Mode) -> Count | None:
        """What the tool counts for a node that runs, in its own unit; None: it does not see it."""
        rule = self.of(node.op)
        return rule.count(node, mode) if rule else None

    def count(self, node: Node, mode: Mode) -> int | None:
        """`formula` as a number."""
        formula = self.formula(node, mode)
        return None if formula is None else formula.value

    def total(self, graph: Graph, mode: Mode) -> int:
        """The tool's number for the network, in its own unit."""
        return sum(count for _, count in self._counted(graph, mode))

    def by_module(self, graph: Graph, mode: Mode) -> dict[str, int]:
        """The tool's number by module path; a module has what runs in it and below it. "" is the network."""
        counts: dict[str, int] = {}
        for node, count in self._counted(graph, mode):
            path = node.module
            parts = path.split(".") if path else []
            for depth in range(len(parts) + 1):
                module = ".".join(parts[:depth])
                counts[module] = counts.get(module, 0) + count
        return counts

    def ledger(self, graph: Graph, mode: Mode) -> list[LedgerLine]:
        """The lines from mult-adds to the tool's total: the unit first, then op by op. They add up exactly."""
        not_run = graph.not_run(mode)
        ran = [node for node in graph.nodes if node not in not_run]
        lines: list[LedgerLine] = []
        if self.unit != 1:
            costly = [node.facts.macs.value for node in ran if node.facts.macs]
            why = f"the tool counts {self.unit} for one mult-add"
            lines.append(LedgerLine("unit", sum(1 for m in costly if m), (self.unit - 1) * sum(costly), why))
        differences: dict[str, list[int]] = {}
        for node in ran:
            macs = node.facts.macs.value if node.facts.macs else 0
            difference = (self.count(node, mode) or 0) - self.unit * macs
            if difference:
                differences.setdefault(node.op, []).append(difference)
        for op, each in differences.items():
            rule = self.of(op)
            lines.append(LedgerLine(op, len(each), sum(each), rule.note if rule else "not seen by this tool"))
        return lines

    def _counted(self, graph: Graph, mode: Mode) -> Iterator[tuple[Node, int]]:
        not_run = graph.not_run(mode)
        for node in graph.nodes:
            count = None if node in not_run else self.count(node, mode)
            if count is not None:
                yield node, count
