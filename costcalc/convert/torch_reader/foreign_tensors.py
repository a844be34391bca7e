"""Tensors made by threads that are not read, such as those that the model started earlier."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterable, Iterator
from functools import partial
from types import BuiltinFunctionType, CellType, FunctionType, MethodType, ModuleType
from typing import Any

import torch
from torch import nn

from costcalc.convert.torch_reader.builder import GraphBuilder
from costcalc.convert.torch_reader.packed_weights import STORED_AS
from costcalc.convert.torch_reader.storage import storage, tensors
from costcalc.spec import CostcalcError


class ForeignTensors:
    """Storages of all tensors on the meta device that the model holds, or that operations have made during the read."""

    def __init__(self, model: nn.Module, builder: GraphBuilder) -> None:
        self.builder = builder
        self._known: set[int] = set()
        self._alive: list[Any] = []  # so that no storage is reused
        self.made(list(_held(model)))

    def check(self, given: Iterable[torch.Tensor]) -> None:
        """Raises CostcalcError for a tensor that another thread has made during the read."""
        for t in given:
            if _on_meta(t) and storage(t) not in self._known and t not in STORED_AS and not self.builder.depends(t):
                raise CostcalcError("the forward pass takes what another thread computes, where it cannot be read")

    def made(self, results: object) -> None:
        """Register the results of an operation."""
        there = list(filter(_on_meta, tensors(results)))
        self._alive += [t.untyped_storage() for t in there]  # not the tensors: `Frames` counts references to them
        self._known.update(map(storage, there))

    def from_data(self, made: torch.Tensor, args: Any, kwargs: Any) -> None:
        """Register a tensor that a function has made from Python numbers, unless it shares storage with an argument."""
        given = filter(_on_meta, tensors((args, tuple((kwargs or {}).values()))))
        if _on_meta(made) and storage(made) not in map(storage, given):
            self.made(made)


def foreign_tensors(model: nn.Module, builder: GraphBuilder) -> ForeignTensors | None:
    """A ForeignTensors; None if no other thread runs, or if torch.jit holds tensors that Python cannot list."""
    if threading.active_count() == 1 or any(map(_scripted, nn.Module.modules(model))):
        return None
    return ForeignTensors(model, builder)


def _scripted(module: nn.Module) -> bool:
    """True for a scripted module, and for one with an object of torch.jit, such as packed weights."""
    return isinstance(module, torch.jit.ScriptModule) or any(
        isinstance(each, torch.ScriptObject) for each in vars(module).values()
    )


def _on_meta(t: torch.Tensor) -> bool:
    """True for a tensor with a storage on the meta device; those of torch._vmap_internals have none."""
    return t.is_meta and t.layout is torch.strided and not torch._C._functorch.is_legacy_batchedtensor(t)


def _held(value: Any) -> Iterator[torch.Tensor]:
    """All tensors that can be reached from an object: in attributes, containers and closures of functions."""
    seen: set[int] = set()
    todo = [value]
    while todo:
        each = todo.pop()
        if isinstance(each, torch.Tensor):
            yield each
        elif id(each) not in seen and not isinstance(each, WITHOUT_TENSORS):
            seen.add(id(each))
            todo += _inside(each)


WITHOUT_TENSORS = (
    *(type, ModuleType, BuiltinFunctionType, str, bytes, int, float, complex, type(None), threading.Thread),
)
"""Types of objects in which no tensors are looked for."""


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from dict.values(value)
    elif isinstance(value, list | tuple | set | frozenset):
        yield from gc.get_referents(value)  # whichever methods a subclass overrides
    elif isinstance(value, CellType):
        yield from [value.cell_contents] if value != CellType() else []
    elif isinstance(value, MethodType):
        yield value.__self__
    elif isinstance(value, FunctionType):
        yield from (*(value.__closure__ or ()), *(value.__defaults__ or ()))
    elif isinstance(value, partial):
        yield from (value.func, value.args, value.keywords)
    yield from getattr(value, "__dict__", {}).values()
