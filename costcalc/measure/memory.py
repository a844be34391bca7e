"""The memory that a real pass holds on the CPU: storages followed through their lives, and those that autograd saves.

The profiler would add what kernels hold inside; these are the tensors that torch gives out. On the meta device the
figures are others: batch norm makes statistics in eval mode, and attention runs another kernel.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Storages(TorchDispatchMode):
    """While this mode is on, the bytes of the storages that operations give out, and their peak.

    known  tensors that are not counted: of the model and its caller
    peak, at  the most bytes alive at once; the operation after which they are
    """

    def __init__(self, known: Iterable[torch.Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._known = {t.untyped_storage()._cdata for t in known}
        self._alive: dict[int, int] = {}
        self._now = self.peak = 0
        self.at = ""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation, and count the storages of its outputs that are new."""
        made = func(*args, **(kwargs or {}))
        for t in tree_leaves(made):
            if isinstance(t, torch.Tensor):
                self._count(t.untyped_storage())
        if self._now > self.peak:
            self.peak, self.at = self._now, str(func)
        return made

    def _count(self, storage: torch.UntypedStorage) -> None:
        key = storage._cdata
        if key not in self._known and key not in self._alive:
            self._alive[key] = storage.nbytes()
            self._now += storage.nbytes()
            weakref.finalize(storage, self._end, key)

    def _end(self, key: int) -> None:
        self._now -= self._alive.pop(key)


def measured_peak(model: nn.Module, inputs: tuple[Any, ...]) -> tuple[int, str]:
    """The most bytes of activations alive at once in a forward pass without autograd, and the operation after which."""
    given = [t for t in tree_leaves(inputs) if isinstance(t, torch.Tensor)]
    with torch.no_grad(), Storages([*model.parameters(), *model.buffers(), *given]) as storages:
        model(*inputs)
    return storages.peak, storages.at


def measured_saved(model: nn.Module, inputs: tuple[Any, ...]) -> int:
    """The bytes of the storages that autograd saves in a forward pass, without those of params and buffers."""
    own = {t.untyped_storage()._cdata for t in (*model.parameters(), *model.buffers())}
    saved: dict[int, torch.UntypedStorage] = {}

    def pack(t: torch.Tensor) -> None:
        storage = t.untyped_storage()
        if storage._cdata not in own:
            saved[storage._cdata] = storage  # not returned: an output that its own node holds would never be freed

    with saved_tensors_hooks(pack, lambda _: torch.empty(0)):  # no gradient runs
        result = model(*inputs)
    del result
    return sum(storage.nbytes() for storage in saved.values())
