"""Storages of tensors, by which views of each other, and two objects for one tensor, are recognized."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Literal

import torch

from costcalc.convert.meta_tensors import like
from costcalc.convert.torch_reader.packed_weights import STORED_AS
from costcalc.spec import Facts
from costcalc.spec.ops.products import subscripts
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


def memory_of(
    facts: Facts, inputs: Sequence[torch.Tensor], made: Sequence[torch.Tensor], inplace: bool, answered: bool
) -> Literal["", "input", "own"]:
    """Where the first output lies, if that is not what the op's aliases say. An op's rule `answered` for a module."""
    alias = facts.aliases[0] if facts.aliases else None
    if inplace:
        return "" if alias == 0 else "input"
    if alias != 0 or facts.train_aliases is not None or answered or not made or not inputs:
        return ""
    return "" if storage(made[0]) == storage(inputs[0]) else "own"


def copies_of(op: str, facts: Facts, inputs: Sequence[torch.Tensor]) -> tuple[int, ...]:
    """The numbers of the inputs that torch copies: factors whose strides do not allow the view it needs, and masks."""
    if op == "matmul":
        return tuple([i for i, t in enumerate(inputs) if t.dim() > 3 and not _merges(t, range(t.dim() - 2))])
    if op == "linear":
        return tuple([i for i, t in enumerate(inputs[:1]) if t.dim() > 2 and not _merges(t, range(t.dim() - 1))])
    if op in ("gru", "rnn") or (op == "lstm" and facts.settings["projection"]):  # positions first
        axes = (1, 0) if facts.settings["batch_first"] else (0, 1)
        directions = 1 + facts.settings["bidirectional"]  # each makes a copy of its own
        return () if _merges(inputs[0], axes) else (0,) * directions
    if op == "scaled_dot_product_attention":  # a mask of booleans becomes one of numbers
        return tuple([i for i, t in enumerate(inputs) if t.dtype == torch.bool])
    if op == "einsum" and len(inputs) == 2:
        terms, out = subscripts(facts.settings["equation"], [tuple(t.shape) for t in inputs])
        return tuple([i for i, t in enumerate(inputs) if not _merges_groups(t, terms[i], terms[1 - i], out)])
    return ()


def _merges_groups(t: torch.Tensor, own: list[str], other: list[str], out: list[str]) -> bool:
    """True if views can make one axis each of the letters in both terms, of those in this one, and of those summed."""
    both = [x for x in out if x in own and x in other]
    alone = [x for x in out if x in own and x not in other]
    summed = [x for x in own if x not in out]
    return all(_merges(t, [own.index(x) for x in group]) for group in (both, alone, summed))


def _merges(t: torch.Tensor, axes: Iterable[int]) -> bool:
    """True if a view can make one axis of these, in this order."""
    kept = [(t.shape[axis], t.stride(axis)) for axis in axes if t.shape[axis] != 1]
    return all(step == next_step * size for (_, step), (size, next_step) in pairwise(kept))
