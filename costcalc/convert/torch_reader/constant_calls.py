"""Operations on constants alone, which are evaluated and cost nothing here: some counting tools count them.

They are nodes apart from the graph. The next node of the graph keeps them: see `Noticed.constants`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from costcalc.convert import torch_names
from costcalc.convert.torch_reader.aten.kinds import kind
from costcalc.convert.torch_reader.aten.schema import base
from costcalc.convert.torch_reader.storage import storage
from costcalc.convert.torch_reader.thread_state import Call, ThreadState
from costcalc.spec import Facts, Node, Tensor, TorchCall
from costcalc.spec.building import Trace
from costcalc.spec.noticed import Noticed

PATCHED = {
    f"{place}.{name}" for place in torch_names.WATCHED for name in torch_names.WATCHED[place] if name != "embedding"
}
"""Public names that a tool patches, except F.embedding, of which no tool counts anything."""

IN_A_TRACE = {
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d",
    "batch_norm", "grid_sampler", "group_norm", "instance_norm", "layer_norm", "leaky_relu", "mean", "mul",
    "upsample_bilinear2d", "upsample_nearest2d",
}  # fmt: skip
"""Operations that a tool which reads a trace counts, without those that are counted here too."""


def is_counted(func: Any, call: Call) -> bool:
    """True if a tool may count an operation on constants in this call: by its own name, or by that of the call."""
    if call.called_as.startswith("torch.ops.aten."):  # a part, which neither has a name
        return False
    return base(func) in IN_A_TRACE or (call.called_as in PATCHED and kind(func) != "move")


class ConstantCalls:
    """The nodes of operations on constants, and which constants they made.

    trace     of the graph that is read
    pending   those that no node of the graph needs so far
    state     storages of the model's buffers and parameters, and of its inputs
    noticing  True while an operation on constants becomes a node
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.pending: list[Node] = []
        self.noticing, self.state = False, set[int]()
        self._makers: dict[int, tuple[Node, ...]] = {}  # by storage: the operations that its values come from
        self._next: list[Node] = []  # for the next node of the graph, which needs them
        self._originals: dict[int, int] = {}  # by storage of a stand-in

    @contextmanager
    def nodes_apart(self) -> Iterator[None]:
        """While this lasts, new nodes are kept apart from the graph."""
        self.noticing = True
        try:
            yield
        finally:
            self.noticing = False

    def append(
        self,
        thread: ThreadState,
        op: str,
        facts: Facts,
        given: Sequence[torch.Tensor],
        called_as: TorchCall | None,
        kernel: str,
    ) -> None:
        """Append the node of an operation on constants; the arguments are those of `GraphBuilder.append`."""
        frame, call = thread.frame, called_as or facts.torch
        own = frame.leaf is not None and not frame.named and call is not None and call.is_module
        path, block = (frame.path, frame.block) if own else ("", frame.call or frame.block)
        facts.weights = {}
        noticed = Noticed(called_as, kernel, 0, path or None, thread.hook_of, thread.call.opaque)
        inputs = tuple(Tensor(self.trace, tuple(t.shape), None, 0) for t in given)
        self.pending.append(Node(path or op, op, inputs, facts, (), block, noticed))

    def taken(self) -> tuple[Node, ...]:
        """The nodes for the next node of the graph."""
        nodes, self._next = tuple(self._next), []
        return nodes

    def follow(self, given: Iterable[torch.Tensor], made: Iterable[torch.Tensor], own: Iterable[Node]) -> None:
        """Register that an operation, with these nodes of its own, made constants of others."""
        makers = dict.fromkeys(own)
        if self._makers:
            makers.update(dict.fromkeys(node for t in given for node in self._makers.get(self.memory(t), ())))
        if makers:
            for t in made:
                memory = self.memory(t)
                if memory in self.state:
                    self._need(makers)
                self._makers[memory] = tuple(dict.fromkeys([*self._makers.get(memory, ()), *makers]))

    def stands_in(self, stand_in: torch.Tensor, t: torch.Tensor) -> None:
        """Register that a tensor on the meta device stands in for another."""
        self._originals[storage(stand_in)] = storage(t)

    def read(self, t: torch.Tensor) -> None:
        """Register that a node of the graph takes this constant."""
        if self._makers and not self.noticing:
            self._need(self._makers.get(self.memory(t), ()))

    def _need(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            if node in self.pending:
                self.pending.remove(node)
                self._next.append(node)

    def finish(self) -> None:
        """Hand the nodes that are left to the last node of the graph, and mark those that none needs."""
        nodes = self.trace.nodes
        for each in self.pending:
            each.noticed = each.noticed._replace(unread=True)
        if nodes and (rest := (*self.taken(), *self.pending)):
            noticed = nodes[-1].noticed
            nodes[-1].noticed = noticed._replace(constants=(*noticed.constants, *rest))

    def memory(self, t: torch.Tensor) -> int:
        """Identity of a constant's storage; of a stand-in, of that of the constant."""
        memory = storage(t)
        return self._originals.get(memory, memory)
