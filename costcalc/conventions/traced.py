"""Conventions of tools that read torch.jit's trace: they see aten operations by name, and do not see modules.

A composite operation is one node of the trace. Nodes that no output needs are not in the trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from costcalc.conventions.called import noun, traced
from costcalc.conventions.convention import Convention
from costcalc.conventions.op_rule import OpRule
from costcalc.spec.count import Count
from costcalc.spec.node import Node
from costcalc.spec.run import Run


class Traced(Convention):
    """A convention of a tool that reads a trace.

    handled  aten operations that it has a handler for, or ignores, in addition to those that have a rule here
    """

    looks_inside = False
    why_left_out = "no output needs it"

    def __init__(
        self, name: str, *, version: str, unit: int, about: str, sees: str, has: str, handled: Iterable[str]
    ) -> None:
        super().__init__(name, version=version, unit=unit, about=about, sees=sees, has=has)
        self.handled = frozenset(handled)

    def rule_of(self, node: Node) -> OpRule | None:
        """The rule for a node, by the name of its operation in a trace."""
        if (
            node.noticed.opaque or node.noticed.kernel == "_trilinear"
        ):  # a trace has aten::bilinear, which is not counted
            return None
        name = traced(node)
        if name and not (name in self.handled or name in self.rules or name in self.generic):
            return None
        return self.generic.get(name) or super().rule_of(node)

    def unseen(self, node: Node, run: Run) -> str:
        """The function around the node that the trace has as a whole, if there is one."""
        return f"this {noun(node)} is inside a function that the trace has as a whole" if node.noticed.opaque else ""

    def named(self, node: Node) -> str:
        """The name of its operation in the trace, as far as it is known."""
        name = "bilinear" if node.noticed.kernel == "_trilinear" else traced(node)
        return f"aten::{name}" if name else node.op

    def alone(self, node: Node, run: Run) -> Count | None:
        """As for any tool, but nothing of constants that no output needs."""
        return None if node.noticed.unread else super().alone(node, run)

    def unsupported(self, node: Node) -> Iterator[str]:
        """As for any tool, but nothing inside a function that the trace has as a whole."""
        return iter(()) if node.noticed.opaque else super().unsupported(node)

    def runs(self, node: Node, run: Run) -> bool:
        """True for a node that is in the trace: one that an output or a write into a buffer needs."""
        return super().runs(node, run) and node in run.needed
