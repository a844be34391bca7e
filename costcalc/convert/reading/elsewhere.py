"""Tensors that a thread has made which is not read: one that the model had started before."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from functools import partial
from types import BuiltinFunctionType, CellType, FunctionType, MethodType, ModuleType
from typing import Any

import torch
from torch import nn

from costcalc.convert.reading.memory import storage, tensors
from costcalc.convert.reading.nodes import Nodes
from costcalc.spec import CostcalcError


class Elsewhere:
    """Knows the memory of all tensors on the meta device that the model holds, or that were read since."""

    def __init__(self, model: nn.Module, nodes: Nodes) -> None:
        self.nodes = nodes
        self._known: set[int] = set()
        self._alive: list[torch.Tensor] = []  # so that no memory is given twice
        self.made(list(_held(model)))

    def check(self, given: Iterable[torch.Tensor]) -> None:
        """Raises CostcalcError for a tensor that something else has made meanwhile."""
        for t in given:
            if _on_meta(t) and storage(t) not in self._known and not self.nodes.depends(t):
                raise CostcalcError("the forward pass takes what another thread computes, where it cannot be read")

    def made(self, results: object) -> None:
        """Know what an operation has made."""
        there = list(filter(_on_meta, tensors(results)))
        self._alive += there
        self._known.update(map(storage, there))


def elsewhere(model: nn.Module, nodes: Nodes) -> Elsewhere | None:
    """What is needed to tell; None if no other thread runs, or if torch.jit keeps tensors that nobody knows of."""
    scripted = any(isinstance(module, torch.jit.ScriptModule) for module in nn.Module.modules(model))
    return None if scripted or threading.active_count() == 1 else Elsewhere(model, nodes)


def _on_meta(t: torch.Tensor) -> bool:
    return t.is_meta and t.layout is torch.strided


def _held(value: Any) -> Iterator[torch.Tensor]:
    """All tensors that can be reached from an object: in attributes, containers and what functions enclose."""
    seen: set[int] = set()
    todo = [value]
    while todo:
        each = todo.pop()
        if isinstance(each, torch.Tensor):
            yield each
        elif id(each) not in seen and not isinstance(each, OF_NO_TENSORS):
            seen.add(id(each))
            todo += _inside(each)


OF_NO_TENSORS = (type, ModuleType, BuiltinFunctionType, str, bytes, int, float, complex, type(None), threading.Thread)


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list | tuple | set | frozenset):
        yield from value
    elif isinstance(value, CellType):
        yield from [value.cell_contents] if value != CellType() else []
    elif isinstance(value, MethodType):
        yield value.__self__
    elif isinstance(value, FunctionType):
        yield from (*(value.__closure__ or ()), *(value.__defaults__ or ()))
    elif isinstance(value, partial):
        yield from (value.func, value.args, value.keywords)
    yield from getattr(value, "__dict__", {}).values()
