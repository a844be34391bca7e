"""How long the code of a model holds its tensors, seen by the references to them while it is read."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

import torch

from costcalc.spec import Node, Tensor
from costcalc.spec.noticed import ConstantMemory, Elements, TakenConstant

Key = tuple[Node, int]

PROBE, BASE = -1, -2
"""Numbers of tensors that nothing holds but the table, one without a view and one with a view: how many references that
makes depends on Python and torch."""


class Frames:
    """The tensors that nodes have made and that the model's code still holds; and the constants that it has made."""

    def __init__(self) -> None:
        self._held = {PROBE: torch.empty(0, device="meta"), BASE: torch.empty(0, device="meta")}
        self._view = self._held[BASE].view(0)
        self._bases = {BASE}  # tensors that have a view, which refers to its base
        self._new: list[torch.Tensor] = []  # autograd makes them views of others after they are dispatched
        self._kept: dict[int, int] = {}  # references of the reader's own
        self._names: dict[int, list[Key]] = {}  # what a torch tensor is in the graph
        self._until: dict[Key, Node] = {}
        self._memory: dict[int, int] = {}  # of constants: the storage
        self._sizes: dict[int, Elements] = {}  # of the storages of constants that are alive
        self._numbers: dict[int, int] = {}
        self._views: list[torch.Tensor] = []
        self._most = Elements()

    def keep(self, t: torch.Tensor) -> None:
        """Count a reference of the reader's own."""
        self._kept[id(t)] = self._kept.get(id(t), 0) + 1
        self._new.append(t)

    def made(self, t: torch.Tensor, tensor: Tensor) -> None:
        """Register a tensor that a node has made."""
        if tensor.node is not None and (tensor.node.op != "constant" or tensor.node.noticed.memory):
            self._held[id(t)] = t
            self._names.setdefault(id(t), []).append((tensor.node, tensor.index))

    def constant(self, t: torch.Tensor, memory: int, fresh: bool) -> None:
        """Register a constant that an operation has made, in this memory; `fresh` if that is new."""
        if t.layout is not torch.strided or not (fresh or memory in self._sizes):
            return
        if not fresh:  # a view: so that its base always has one
            self._views.append(t)
            self.keep(t)
        self._held[id(t)], self._memory[id(t)] = t, memory
        self._sizes[memory] = elements(t)
        self._most = max(self._most, self._now(), key=_bytes)

    def taken(self, memory: int, argument: int) -> tuple[TakenConstant, ...]:
        """The constant in this storage, as an operation takes it; nothing if the pass has not made it."""
        if memory not in self._sizes:
            return ()
        number = self._numbers.setdefault(memory, len(self._numbers))
        return (TakenConstant(argument, number, self._sizes[memory]),)

    def constants(self, taken: tuple[TakenConstant, ...] = ()) -> ConstantMemory:
        """The memory of the constants that are alive at a node, and the most since the one before."""
        before, self._most = self._most, Elements()
        return ConstantMemory(before, self._now(), taken=taken)

    def finish(self, last: Node) -> None:
        """Register the constants that were made after the last node."""
        after = self.constants().before
        if after != Elements():
            last.noticed = last.noticed._replace(made=last.noticed.made._replace(after=after))

    def _now(self) -> Elements:
        return Elements(sum(each.floats for each in self._sizes.values()), sum(e.others for e in self._sizes.values()))

    def next(self, nodes: Sequence[Node]) -> None:
        """Before a node: tensors that nothing but the reader holds ended with the node before."""
        self._bases.update([id(t._base) for t in self._new if t._base is not None])
        self._new.clear()
        count = {number: sys.getrefcount(t) - self._kept.get(number, 0) for number, t in self._held.items()}
        for number in [number for number in count if count[number] <= count[BASE if number in self._bases else PROBE]]:
            if number in (PROBE, BASE):
                continue
            del self._held[number]
            if number in self._memory:
                memory = self._memory.pop(number)
                if memory not in self._memory.values():
                    del self._sizes[memory]
            if nodes:
                self._end(number, nodes[-1])

    def until(self, nodes: Sequence[Node]) -> Mapping[Key, Node]:
        """The last node during which each tensor is held, if that is later than the last one that reads it."""
        for number in self._names:
            if number in self._held:
                self._end(number, nodes[-1])
        at = {node: i for i, node in enumerate(nodes)}
        last = dict[Key, int]()
        for node in nodes:
            for t in node.inputs:
                if t.node is not None:
                    last[t.node, t.index] = at[node]
        there = {key: node for key, node in self._until.items() if key[0] in at and node in at}  # not of another branch
        return {key: node for key, node in there.items() if at[node] > last.get(key, at[key[0]])}

    def _end(self, number: int, node: Node) -> None:
        self._until.update(dict.fromkeys(self._names.get(number, ()), node))


def elements(t: torch.Tensor) -> Elements:
    """The size of a tensor's memory."""
    nbytes = t.untyped_storage().nbytes()
    return Elements(floats=nbytes // 4) if t.dtype is torch.float32 else Elements(others=nbytes)


def _bytes(size: Elements) -> int:
    return 4 * size.floats + size.others
