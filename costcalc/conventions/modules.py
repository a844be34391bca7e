"""Conventions of tools that hook modules: they see no call of a function, and nothing that runs inside of a module."""

from __future__ import annotations

from costcalc.conventions.called import is_module, noun, this
from costcalc.conventions.convention import Convention
from costcalc.spec.node import Node
from costcalc.spec.run import Run


class Hooking(Convention):
    """A convention of a tool that hooks modules."""

    looks_inside = False

    def unseen(self, node: Node, run: Run) -> str:
        """The call of a function, if there is one."""
        return "" if is_module(node) else this(node)

    def named(self, node: Node) -> str:
        """The class of the module that runs a node."""
        return noun(node)
