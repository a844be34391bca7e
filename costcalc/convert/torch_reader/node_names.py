"""Names of nodes: the path of a module, or the kind of computation, numbered, inside the module that calls it."""

from __future__ import annotations

from collections.abc import Iterable

from costcalc.convert.torch_reader.thread_state import Frame
from costcalc.spec import Node

GENERIC = ("custom", "elementwise", "move", "unknown")
"""Ops that stand for many operations."""


class NodeNames:
    """Hands out names.

    taken  paths of modules and names of weights and buffers, which no numbered name may be
    uses   number of uses of each path
    """

    def __init__(self, taken: set[str], uses: dict[str, int]) -> None:
        self.taken, self.uses = taken, uses
        self._made_from: dict[str, tuple[Frame, str, str]] = {}

    def name(self, frame: Frame, kind: str, path: str = "") -> str:
        """A name for a node of this kind of computation; `path` if it is a module's."""
        given = path
        while not path:
            number = frame.numbers[kind] = frame.numbers.get(kind, 0) + 1
            tried = frame.prefix + (kind if number == 1 else f"{kind}_{number}")
            path = "" if tried in self.taken else tried
        uses = self.uses[path] = self.uses.get(path, 0) + 1
        name = path if uses == 1 else f"{path}@{uses}"
        self._made_from[name] = frame, kind, given
        return name

    def renumber(self, nodes: Iterable[Node]) -> None:
        """Name the nodes anew, in this order."""
        known = dict(self._made_from)
        nodes = list(nodes)
        self.uses.clear()
        self.uses.update({node.name: 1 for node in nodes if node.name not in known})
        for frame, _, _ in known.values():
            frame.numbers.clear()
        for node in nodes:
            if node.name in known:
                node.name = self.name(*known[node.name])
