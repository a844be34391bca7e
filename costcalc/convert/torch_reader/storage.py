"""Storages of tensors, by which views of each other, and two objects for one tensor, are recognized."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from costcalc.convert.meta_tensors import like
from costcalc.convert.torch_reader.packed_weights import STORED_AS
from costcalc.spec.shapes import Shape

Place = tuple[Any, ...]


def place(t: torch.Tensor) -> Place:
    """Which elements of which storage a tensor has, and in what order."""
    if t.layout is not torch.strided:
        return (storage(t),)
    return storage(t), t.storage_offset(), t.shape, t.stride(), t.dtype


def storage(t: torch.Tensor) -> int:
    """Identity of a tensor's storage. Views share it. A sparse tensor has none, and is its own."""
    if t.layout is not torch.strided:
        return id(t)
    number: int = t.untyped_storage()._cdata
    return number


def strides(made: Sequence[torch.Tensor]) -> tuple[Shape, ...]:
    """The strides of each tensor; nothing if all are contiguous. Sparse tensors have none."""
    if all(t.layout is not torch.strided or t.is_contiguous() for t in made):
        return ()
    return tuple(t.stride() if t.layout is torch.strided else (0,) * t.dim() for t in made)


def tensors(value: Any) -> Iterator[torch.Tensor]:
    """All tensors in nested lists and tuples."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from tensors(each)


class Memories:
    """Storages on the meta device for tensors on other devices. Stand-ins of views share one."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, torch.dtype], torch.Tensor] = {}  # by storage

    def stand_in(self, t: torch.Tensor) -> torch.Tensor:
        """A tensor of the same sizes on the meta device, made without dispatch to any mode."""
        with torch._C._DisableTorchDispatch():
            if t.layout is not torch.strided:
                return like(t)
            if t._is_zerotensor():  # it has no memory
                return torch.empty_strided(t.shape, t.stride(), dtype=t.dtype, device="meta")
            if t.is_quantized:  # read as floats
                made = torch.empty_strided(t.shape, t.stride(), device="meta")
                STORED_AS[made] = t.dtype
                return made
            key = storage(t), t.dtype
            if key not in self._made:
                elements = t.untyped_storage().nbytes() // t.itemsize
                self._made[key] = torch.empty(elements, dtype=t.dtype, device="meta")
            return self._made[key].as_strided(t.shape, t.stride(), t.storage_offset())
