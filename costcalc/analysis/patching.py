"""Conventions of tools that put functions of their own in the place of torch's while the model runs.

They see a function where the model calls it by a name that is patched: ``torch.add(x, y)``, but not ``x + y``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from costcalc.analysis.conventions.convention import GENERIC, Convention, LedgerLine, OpRule
from costcalc.spec.count import Count
from costcalc.spec.graph import Graph, Mode, Node

Part = Callable[[Node], Count]
"""What a hook, or a patched function, counts for a node: for the whole batch."""


class Patching(Convention):
    """A convention of a tool that patches functions; `eval_only`, as all of them are.

    patched  the functions of torch that it patches, by the names that models call them by
    """

    def __init__(self, name: str, *, version: str, unit: int, about: str, patched: Iterable[str]) -> None:
        super().__init__(name, version=version, unit=unit, about=about, eval_only=True)
        self.patched = frozenset(patched)

    def calls(self, node: Node) -> bool:
        """True if the tool can see the node: a module runs it, which calls what is patched, or such a function."""
        return is_module(node) or (node.facts.torch is not None and node.facts.torch.name in self.patched)

    def rule_for(self, node: Node) -> OpRule | None:
        """The rule for a node: of its op, or of the operation by the name that the model calls it by."""
        return self.generic.get(called(node)) if node.op in GENERIC else self.of(node.op)


class TwoParts(Patching):
    """A convention of two parts, added up: what hooks on modules count, and what patched functions do.

    hooks, functions  by op; of an operation that is no op of its own, by the name that the model calls it by
    """

    def __init__(self, name: str, *, version: str, unit: int, about: str, patched: Iterable[str]) -> None:
        super().__init__(name, version=version, unit=unit, about=about, patched=patched)
        self.hooks: dict[str, Part] = {}
        self.functions: dict[str, Part] = {}

    def parts(
        self, *ops: str, mirrors: str, note: str = "", hook: Part | None = None, function: Part | None = None
    ) -> None:
        """The rule of these ops, from its parts."""
        self.rule(*ops, mirrors=mirrors, note=note)(self._both)
        self.hooks.update(dict.fromkeys(ops, hook) if hook else {})
        self.functions.update(dict.fromkeys(ops, function) if function else {})

    def generic_parts(
        self, *names: str, mirrors: str, note: str = "", hook: Part | None = None, function: Part | None = None
    ) -> None:
        """The same, of operations that are no op of their own: by class, or by the last part of a function's name."""
        self.generic.update(dict.fromkeys(names, OpRule(self._both, mirrors, note)))
        self.hooks.update(dict.fromkeys(names, hook) if hook else {})
        self.functions.update(dict.fromkeys(names, function) if function else {})

    def hook(self, node: Node) -> Count | None:
        """What the tool leaves on the node's module (``__flops__``), for the whole batch; None: it has no hook."""
        hook = self.hooks.get(called(node))
        return hook(node) if hook and is_module(node) else None

    def _both(self, node: Node, mode: Mode) -> Count | None:
        hook, function = self.hook(node), self.functions.get(called(node)) if self.calls(node) else None
        if hook is None:
            return function(node) if function else None
        share = _divided(hook, _batch(node))
        return share + function(node) if function else share

    def count(self, node: Node, mode: Mode) -> int | None:
        """`formula` as a number; what is left of a batch that does not divide it is cut off."""
        formula = self.formula(node, mode)
        return None if formula is None else formula.value // 1

    def total(self, graph: Graph, mode: Mode) -> int:
        """The tool's number: the fractions that hooks leave are added up before they are cut off."""
        not_run = graph.not_run("eval")
        formulas = [self.formula(node, mode) for node in graph.nodes if node not in not_run]
        total: int = sum(formula.value for formula in formulas if formula is not None) // 1
        return total

    def by_module(self, graph: Graph, mode: Mode) -> dict[str, int]:
        """What hooks leave on each module, for the whole batch, and below it; "" is the tool's total."""
        counts: dict[str, int] = {}
        not_run = graph.not_run("eval")
        for node in graph.nodes:
            hook = None if node in not_run else self.hook(node)
            if hook is not None:
                parts = node.module.split(".")
                for depth in range(1, len(parts) + 1):
                    path = ".".join(parts[:depth])
                    counts[path] = counts.get(path, 0) + hook.value
        return {"": self.total(graph, mode), **counts}

    def ledger(self, graph: Graph, mode: Mode) -> list[LedgerLine]:
        """As any convention's, and a line for the fractions that add up to more than their whole parts."""
        lines = super().ledger(graph, mode)
        not_run = graph.not_run("eval")
        rest = self.total(graph, mode) - sum(self.count(n, mode) or 0 for n in graph.nodes if n not in not_run)
        return [*lines, LedgerLine("fractions", 0, rest, "hooks divided by the batch")] if rest else lines


def is_module(node: Node) -> bool:
    """True where a torch module runs the node, False where a function does."""
    return node.facts.torch is not None and node.facts.torch.is_module


def called(node: Node) -> str:
    """The op; of an operation that is no op of its own, the name by which the model calls it."""
    if node.op not in GENERIC:
        return node.op
    return node.facts.torch.name.rpartition(".")[-1] if node.facts.torch else ""


def _batch(node: Node) -> Any:
    """The length of the network's first input, by which the sum of the hooks is divided (batch_counter_hook)."""
    shapes = node.inputs[0].trace.shapes if node.inputs else ()
    return shapes[0][0] if shapes else 1


def _divided(count: Count, batch: Any) -> Count:
    """The count for one of the batch: the first factor that the batch divides becomes smaller, or 1/N leads."""
    if type(batch) is int and batch == 1:
        return count
    terms = []
    for names, factors in count.terms:
        pairs = list(zip(names, factors, strict=True))
        i = next((i for i, (name, f) in enumerate(pairs) if name != "each" and f % batch == 0), None)
        if i is None:
            terms.append((("1/N", *names), (Fraction(1, batch), *factors)))
        else:
            terms.append(((*names,), (*factors[:i], factors[i] // batch, *factors[i + 1 :])))
    return Count(*terms)
