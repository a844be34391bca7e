"""Conventions of tools that read torch.jit's trace: they see operations of aten by their names, and no modules.

An operation that is made of others stands in the trace as a whole, and what no output needs not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from costcalc.conventions.called import traced
from costcalc.conventions.convention import Convention, OpRule
from costcalc.spec.graph import Node, ancestors
from costcalc.spec.run import Run


class Traced(Convention):
    """A convention of a tool that reads a trace.

    handled  operations of aten that it has a handler for, or knows to be nothing, beside those that have a rule here
    """

    looks_inside = False
    unneeded = "no output needs it"

    def __init__(self, name: str, *, version: str, unit: int, about: str, handled: Iterable[str]) -> None:
        super().__init__(name, version=version, unit=unit, about=about)
        self.handled = frozenset(handled)

    def rule_of(self, node: Node) -> OpRule | None:
        """The rule for a node, by the operation that a trace has for it."""
        if node.noticed.opaque:
            return None
        name = traced(node)
        if name and not (name in self.handled or name in self.rules or name in self.generic):
            return None
        return self.generic.get(name) or super().rule_of(node)

    def unsupported(self, node: Node) -> Iterator[str]:
        """As for any tool, but nothing inside a function that the trace has as a whole."""
        return iter(()) if node.noticed.opaque else super().unsupported(node)

    def ran(self, run: Run) -> Iterable[Node]:
        """The nodes that are in the trace, in order."""
        needed = _needed(run)
        return (node for node in super().ran(run) if node in needed)


def _needed(run: Run) -> set[Node]:
    """The nodes of a torch.jit trace: those that an output needs and, in training, running statistics."""
    heads = run.graph.train_outputs if run.mode == "train" else ()
    todo = [t.node for t in (*run.graph.outputs, *heads)]
    if run.mode == "train":
        todo += [node for node in run.graph.nodes if "running_mean" in node.facts.buffers]
    return ancestors(todo)
