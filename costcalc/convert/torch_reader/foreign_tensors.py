"""Tensors that a thread has made which is not read: one that the model had started before."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterable

import torch
from torch import nn

from costcalc.convert.torch_reader.builder import Nodes
from costcalc.convert.torch_reader.storage import storage, tensors
from costcalc.spec import CostcalcError


class Elsewhere:
    """Knows the memory of all tensors on the meta device that were there before, or that were read since."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        there = [t for t in gc.get_objects() if issubclass(type(t), torch.Tensor)]
        self.known = {storage(t) for t in there if t.is_meta and t.layout is torch.strided}

    def check(self, given: Iterable[torch.Tensor]) -> None:
        """Raises CostcalcError for a tensor that something else has made meanwhile."""
        for t in given:
            if t.is_meta and t.layout is torch.strided and storage(t) not in self.known and not self.nodes.depends(t):
                raise CostcalcError("the forward pass takes what another thread computes, where it cannot be read")

    def made(self, results: object) -> None:
        """Know what an operation has made."""
        self.known.update(storage(t) for t in tensors(results) if t.is_meta and t.layout is torch.strided)


def elsewhere(model: nn.Module, nodes: Nodes) -> Elsewhere | None:
    """What is needed to tell; None if no other thread runs, or if torch.jit keeps tensors that nobody knows of."""
    scripted = any(isinstance(module, torch.jit.ScriptModule) for module in nn.Module.modules(model))
    return None if scripted or threading.active_count() == 1 else Elsewhere(nodes)
