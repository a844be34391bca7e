"""Values of small tensors of a model that is made on the meta device, which has none: they are kept on the CPU.

While the model is made, each operation whose arguments have values runs twice, on the meta device and on the CPU. The
values are kept by storage, for as long as that lives, so that views and in-place operations share them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakIdKeyDictionary

from costcalc.convert.torch_reader.aten.moves import OVERWRITES
from costcalc.convert.torch_reader.aten.schema import base, is_inplace, is_view
from costcalc.convert.torch_reader.storage import tensors
from costcalc.spec import CostcalcError

META, CPU = torch.device("meta"), torch.device("cpu")

MANY = 2**16
"""Most elements of the results of an operation whose values are kept."""

MOST_BYTES = 2**33
"""Most memory that a model may take which is made on the CPU only to be read."""

COPY = torch.ops.aten._to_copy.default

FROM_DATA = {torch.tensor, torch.as_tensor, torch.asarray, torch.scalar_tensor, torch.Tensor.new_tensor}
"""Functions that make a tensor from Python numbers. On the meta device they run no operation that dispatch shows."""

TO_PYTHON = {torch.Tensor.numpy, torch.Tensor.tolist, torch.Tensor.__array__}
"""Functions that return the values of a tensor, and run no operation that dispatch shows."""

_VALUES: Any = WeakIdKeyDictionary()
"""Storages on the meta device -> storages on the CPU."""


def kept(t: torch.Tensor) -> torch.Tensor | None:
    """A tensor with its values, on the CPU; None if it is on the meta device and its values are not kept."""
    if not t.is_meta:
        return t
    if not _VALUES or t.layout is not torch.strided:
        return None
    held = _VALUES.get(t.untyped_storage())
    return None if held is None else _view(held, t)


def _view(held: torch.UntypedStorage, t: torch.Tensor) -> torch.Tensor:
    with torch._C._DisableTorchDispatch(), torch._C.DisableTorchFunction():
        return torch.empty(0, dtype=t.dtype).set_(held, t.storage_offset(), t.shape, t.stride())


@contextmanager
def keeping_values() -> Iterator[None]:
    """While this lasts, values of small tensors on the meta device are kept; `learned` then drops those of parameters.

    A tensor without values that is to move off the meta device stays there.
    """
    with _Functions(), _Operations():  # type: ignore[no-untyped-call]
        yield


def learned(module: nn.Module) -> None:
    """Drop the values of a module's parameters: no count may depend on these."""
    for p in module.parameters():
        if p.is_meta and not is_lazy(p):
            _VALUES.pop(p.untyped_storage(), None)


class _Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        with torch._C.DisableTorchFunction():
            return _run(func, args, kwargs or {})


class _Functions(TorchFunctionMode):
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in TO_PYTHON and args[0].is_meta and (found := kept(args[0])) is not None:
            return func(found, *args[1:], **kwargs)
        if func in FROM_DATA:
            data = tuple(each if isinstance(each, torch.Tensor) else _real(each) for each in args)
            made = func(*data, **kwargs)
            if made.is_meta and kept(made) is None and _known(tensors(args)) and made.numel() <= MANY:
                with torch._C.DisableTorchFunction(), torch._C._DisableTorchDispatch():
                    _keep(made, func(*_real(args), **{**_real(kwargs), "device": CPU}))
            return made
        return func(*args, **kwargs)


def _run(func: Any, args: Any, kwargs: Any) -> Any:
    """An operation on the meta device, and on the CPU if its arguments have values."""
    given = list(tensors((args, tuple(kwargs.values()))))
    known = _known(given) and torch.Tag.nondeterministic_seeded not in func.tags
    leaves = func is COPY and given[0].is_meta and kwargs.get("device", META) != META
    if leaves and not known:
        return func(*args, **{**kwargs, "device": META})
    if is_inplace(func):
        return _write(func, args, kwargs, given, known)
    returns_numbers = not any("Tensor" in str(each.type) for each in func._schema.returns)
    if known and given and any(t.is_meta for t in given) and (leaves or returns_numbers):
        return func(*_real(args), **_real(kwargs))
    made = func(*args, **kwargs)
    out = [t for t in tensors(made) if t.is_meta]
    if known and out and "empty" not in base(func) and not is_view(func) and sum(t.numel() for t in out) <= MANY:
        with suppress(RuntimeError):
            for t, real in zip(out, tensors(func(*_real(args), **_real(kwargs))), strict=True):
                _keep(t, real)
    return made


def _write(func: Any, args: Any, kwargs: Any, given: list[torch.Tensor], known: bool) -> Any:
    """An operation that writes into its first argument."""
    into = given[0]
    if not into.is_meta:
        func(*_real(args), **_real(kwargs))
        return into
    others = _known(given[1:]) and torch.Tag.nondeterministic_seeded not in func.tags
    whole = base(func) in OVERWRITES and into.numel() * into.itemsize == into.untyped_storage().nbytes()
    made = func(*args, **kwargs)
    if others and not known and whole and into.numel() <= MANY and not isinstance(into, nn.Parameter):
        _keep(into, torch.zeros(into.shape, dtype=into.dtype, device=CPU))
        known = True
    if known:
        func(*_real(args), **_real(kwargs))
    else:
        for t in given if len(func._schema.returns) != 1 else [into]:
            if t.is_meta:
                _VALUES.pop(t.untyped_storage(), None)
    return made


def _keep(made: torch.Tensor, real: torch.Tensor) -> None:
    """Keep values in the layout of a tensor on the meta device."""
    if made.layout is torch.strided and made.shape == real.shape:
        held = torch.zeros(made.untyped_storage().nbytes(), dtype=torch.uint8, device=CPU).untyped_storage()
        _view(held, made).copy_(real)
        _VALUES[made.untyped_storage()] = held


def _known(given: Any) -> bool:
    return all(kept(t) is not None for t in given)


def _real(value: Any) -> Any:
    """Tensors with their values, and the CPU; in nested lists, tuples and dicts. Anything else is unchanged."""
    if isinstance(value, torch.Tensor):
        found = kept(value)
        return value if found is None else found
    if type(value) in (list, tuple):
        return type(value)(map(_real, value))
    if type(value) is dict:
        return {key: _real(each) for key, each in value.items()}
    return CPU if value == META and isinstance(value, torch.device) else value


class Bounded(TorchDispatchMode):
    """While this mode is on, a model that makes more than `MOST_BYTES` on the CPU raises CostcalcError."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.bytes = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if not any(True for _ in tensors((args, tuple(kwargs.values())))) and not is_inplace(func):
            with torch._C._DisableTorchDispatch():
                self.bytes += sum(t.numel() * t.itemsize for t in tensors(_shape(func, args, kwargs)))
            if self.bytes > MOST_BYTES:
                raise CostcalcError(f"made on the CPU, it takes more than {MOST_BYTES / 2**30:.0f} GiB")
        return func(*args, **kwargs)


def _shape(func: Any, args: Any, kwargs: Any) -> Any:
    if "device" not in kwargs:
        return ()
    with suppress(NotImplementedError):  # quantized tensors, whose numbers were tensors before
        return func(*args, **{**kwargs, "device": META})
    return ()
