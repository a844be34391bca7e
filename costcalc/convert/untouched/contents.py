"""Snapshots of what objects hold: items of containers, elements of arrays, tensors, states of random generators."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from costcalc.convert.untouched.variables import Taken, is_installed, variables

LARGEST_ARRAY = 2**20
"""Elements of the largest array of numpy that is copied."""


def container(kind: Any, copy: Callable[[Any], Any], fill: Callable[[Any, Any], Any]) -> Callable[[Any], Taken]:
    """The snapshot of a container: its items by identity and in order, whichever methods a subclass overrides."""

    def put_back(each: Any, before: Any) -> None:
        if not _same_items(copy(each), before):
            kind.clear(each)
            fill(each, before)

    return lambda each: (partial(put_back, each, copy(each)), gc.get_referents(each))


def _same_items(now: Any, before: Any) -> bool:
    if len(now) != len(before):
        return False
    if isinstance(before, set):
        return {*map(id, now)} == {*map(id, before)}
    if isinstance(before, dict) and not _same_items([*now.values()], [*before.values()]):
        return False
    return all(a is b for a, b in zip(now, before, strict=True))


def elements(each: Any) -> Taken:
    """The bytes of a bytearray, or the numbers of an array.array."""
    return partial(each.__setitem__, slice(None), each[:]), ()


def array(each: np.ndarray[Any, Any]) -> Taken:
    """The elements of an array of numpy, unless it is large or read-only."""
    if each.size > LARGEST_ARRAY or not each.flags.writeable:
        return None, ()
    before = each.copy()
    return partial(np.copyto, each, before), before.flat if each.dtype.hasobject else ()


def tensor(each: torch.Tensor) -> Taken:
    """The memory that a tensor lies in, whether it requires a gradient, its gradient and its hooks; not its values."""
    if type(each).__torch_dispatch__ is not torch.Tensor.__torch_dispatch__:
        return None, ()  # a wrapper: the tensors inside are its attributes
    names = [*HOOKS, *(["requires_grad", "grad"] if each.is_leaf else [])]
    put_back, inside = variables(
        lambda: {name: getattr(each, name) for name in names},
        lambda name, value: setattr(each, name, value),
        lambda name: None,
    )
    data, memory = each.data, _memory(each)

    def put_all_back() -> None:
        with torch._C.DisableTorchFunctionSubclass():
            if _memory(each) != memory:
                with _AnyDevice(), torch._C._AutoDispatchBelowAutograd():  # type: ignore[no-untyped-call]
                    each.data = data
            put_back()

    return put_all_back, inside


HOOKS = ("_backward_hooks", "_post_accumulate_grad_hooks")


def _memory(t: torch.Tensor) -> Any:
    """Where a tensor lies in memory. None if it is not strided."""
    if t.layout != torch.strided:
        return None
    return t.untyped_storage()._cdata, t.storage_offset(), t.size(), t.stride(), t.dtype


class _AnyDevice(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """While this mode is on, ``t.data = other`` also works between devices, as it does while a model is read."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func is COMPATIBLE or func(*args, **(kwargs or {}))


COMPATIBLE = torch.ops.aten._has_compatible_shallow_copy_type.default


def scripted(each: Any) -> Taken:
    """The attributes of a scripted module, its mode among them."""
    kind: Any = torch._C.ConcreteModuleType.from_jit_type(each._type())
    names = list(kind.get_attributes())
    return variables(lambda: {name: each.getattr(name) for name in names}, each.setattr, lambda name: None)


def lru_cache(each: Any) -> Taken:
    """A function with a cache, which is emptied if it has grown: entries cannot be removed one by one."""
    if is_installed(str(each.__module__)):
        return None, ()
    misses = each.cache_info().misses

    def put_back() -> None:
        if each.cache_info().misses != misses:
            each.cache_clear()

    return put_back, [each.__wrapped__]


def state(read: Callable[[Any], Any], write: Callable[[Any, Any], Any]) -> Callable[[Any], Taken]:
    """The snapshot of an object that reads and writes its whole state, such as a generator of random numbers."""
    return lambda each: (partial(write, each, read(each)), gc.get_referents(each))


def referents(each: Any) -> tuple[None, Iterable[Any]]:
    """Nothing to put back: only what an object refers to."""
    return None, gc.get_referents(each)
