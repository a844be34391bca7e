"""Tensors and the memory that they lie in, which tells views of each other, and one tensor under two names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

Place = tuple[Any, ...]


def place(t: torch.Tensor) -> Place:
    """Which elements of which memory a tensor has, and in what order."""
    return storage(t), t.storage_offset(), t.shape, t.stride(), t.dtype


def storage(t: torch.Tensor) -> int:
    """The memory that a tensor lies in, which its views share."""
    number: int = t.untyped_storage()._cdata
    return number


def tensors(value: Any) -> Iterator[torch.Tensor]:
    """All tensors in nested lists and tuples."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from tensors(each)


class Memories:
    """Memory on the meta device for tensors that lie elsewhere: views of each other lie in one there too."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, torch.dtype], torch.Tensor] = {}  # by storage

    def stand_in(self, t: torch.Tensor) -> torch.Tensor:
        """A tensor of the same sizes on the meta device, which no mode of torch's gets to see made."""
        with torch._C._DisableTorchDispatch():
            if t._is_zerotensor():  # it has no memory
                return torch.empty_strided(t.shape, t.stride(), dtype=t.dtype, device="meta")
            key = storage(t), t.dtype
            if key not in self._made:
                elements = t.untyped_storage().nbytes() // t.itemsize
                self._made[key] = torch.empty(elements, dtype=t.dtype, device="meta")
            return self._made[key].as_strided(t.shape, t.stride(), t.storage_offset())
