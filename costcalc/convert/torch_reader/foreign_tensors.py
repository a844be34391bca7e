"""Tensors made by threads that are not read, such as those that the model started earlier."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterable

import torch
from torch import nn

from costcalc.convert.torch_reader.builder import GraphBuilder
from costcalc.convert.torch_reader.storage import storage, tensors
from costcalc.spec import CostcalcError


class ForeignTensors:
    """Storages of all tensors on the meta device that existed before the read, or that it has seen made."""

    def __init__(self, builder: GraphBuilder) -> None:
        self.builder = builder
        there = [t for t in gc.get_objects() if issubclass(type(t), torch.Tensor)]
        self.known = {storage(t) for t in there if t.is_meta and t.layout is torch.strided}

    def check(self, given: Iterable[torch.Tensor]) -> None:
        """Raises CostcalcError for a tensor that another thread has made during the read."""
        for t in given:
            if t.is_meta and t.layout is torch.strided and storage(t) not in self.known and not self.builder.depends(t):
                raise CostcalcError("the forward pass takes what another thread computes, where it cannot be read")

    def made(self, results: object) -> None:
        """Register the results of an operation."""
        self.known.update(storage(t) for t in tensors(results) if t.is_meta and t.layout is torch.strided)


def foreign_tensors(model: nn.Module, builder: GraphBuilder) -> ForeignTensors | None:
    """A ForeignTensors; None if no other thread runs, or if torch.jit holds tensors that Python cannot list."""
    scripted = any(isinstance(module, torch.jit.ScriptModule) for module in nn.Module.modules(model))
    return None if scripted or threading.active_count() == 1 else ForeignTensors(builder)
