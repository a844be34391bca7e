"""The torch tensors that a read has seen, and which tensor of the graph each of them is."""

from __future__ import annotations

import torch

from costcalc.convert.torch_reader.frames import Frames
from costcalc.convert.torch_reader.packed_weights import STORED_AS
from costcalc.convert.torch_reader.storage import Place, place, storage
from costcalc.spec import Tensor


class KnownTensors:
    """Which tensor of the graph each torch tensor of a read is.

    names     of the model's parameters and their stand-ins, by id
    frames    how long the model's code holds each tensor
    autograd  True if autograd is on: it hands back tensors that it has saved as new objects, in the same memory
    """

    def __init__(self, autograd: bool) -> None:
        self.autograd, self.frames = autograd, Frames()
        self.names: dict[int, str] = {}
        self._tensors: dict[int, Tensor] = {}  # by id of the torch tensor
        self._places: dict[Place, int] = {}  # the id of a tensor that lies there, with autograd
        self._alive: list[torch.Tensor] = []  # so that no id is given twice
        self._later: dict[int, Tensor] = {}  # by id of a second result of an op: its first output
        self._writes: dict[int, list[tuple[int, Tensor]]] = {}  # by storage: which tensor was written, what it became
        self._seen: dict[int, int] = {}  # how many writes to its storage a tensor already includes

    def bind(self, t: torch.Tensor, tensor: Tensor) -> None:
        """Register a torch tensor as this tensor of the graph."""
        tensor.dtype = tensor.dtype or str(STORED_AS.get(t, t.dtype)).removeprefix("torch.")
        self._tensors[id(t)] = tensor
        self._keep(t)
        if not self.autograd:
            self.frames.made(t, tensor)
        if self._writes:
            self._seen[id(t)] = len(self._writes.get(storage(t), ()))

    def write(self, t: torch.Tensor, tensor: Tensor) -> None:
        """Register that a torch tensor was written in place, and became this tensor of the graph."""
        self._writes.setdefault(storage(t), []).append((id(t), tensor))

    def later(self, t: torch.Tensor, beside: torch.Tensor) -> None:
        """Register a second result of an op, such as attention weights: it becomes a node if it is ever read."""
        self._later[id(t)] = self._tensors[id(beside)]
        self._keep(t)

    def depends(self, t: torch.Tensor) -> bool:
        """True for a tensor that depends on an input or a parameter; False for constants."""
        known = self._known(t)
        found = self._tensors.get(known)
        if found is not None and (found.node is None or found.node.op != "constant"):
            return True
        return known in self.names or known in self._later or bool(self._writes and self._missed(t))

    def find(self, t: torch.Tensor) -> Tensor | None:
        """The tensor of the graph that a torch tensor is, if it is known."""
        return self._tensors.get(self._known(t))

    def _keep(self, t: torch.Tensor) -> None:
        self._alive.append(t)
        self.frames.keep(t)
        if self.autograd and t.layout is torch.strided:
            self._places[place(t)] = id(t)

    def _known(self, t: torch.Tensor) -> int:
        """The id that a tensor is registered under: its own, or that of another in the same place."""
        number = id(t)
        if not self.autograd or t.layout is not torch.strided:
            return number
        known = number in self._tensors or number in self.names or number in self._later
        return number if known else self._places.get(place(t), number)

    def _missed(self, t: torch.Tensor) -> list[Tensor]:
        """The tensors written in place into a tensor's storage since it was last read."""
        writes, known = self._writes.get(storage(t)), self._known(t)
        return [made for other, made in writes[self._seen.get(known, 0) :] if other != known] if writes else []
