"""Operations of torch that the meta device lacks: their shapes, from a run on the CPU with values of no meaning.

What such an operation costs is unknown, unless its name has a rule, but the layers after it can be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import torch

from costcalc.convert.torch_reader.aten.schema import is_inplace
from costcalc.convert.torch_reader.storage import tensors

SPACES = ("aten", "quantized", "_quantized", "sparse")
"""Namespaces of torch's own operations. Shapes of others may depend on values, and torch does not say of which."""

MANY = 2**24
"""Most elements of the inputs of an operation that is run."""


def shapes_on_the_cpu(func: Any, args: Sequence[Any], kwargs: Any) -> Any:
    """The result on the meta device of an operation that has no kernel there; None if it cannot be run either."""
    given = list(tensors((args, tuple(kwargs.values()))))
    if func.namespace not in SPACES or is_inplace(func) or not _gives_tensors(func):
        return None
    if sum(t.numel() for t in given) > MANY or any(t.layout is not torch.strided or t.is_nested for t in given):
        return None
    for backend, fill in (("QuantizedCPU", _quantized), ("CPU", _filled)):
        if torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), backend):
            with suppress(RuntimeError), torch._C._DisableTorchDispatch():
                on_cpu = partial(_mapped, change=partial(fill, torch.Generator().manual_seed(0)))
                return _mapped(func(*on_cpu(args), **{key: on_cpu(each) for key, each in kwargs.items()}), _on_meta)
    return None


def _gives_tensors(func: Any) -> bool:
    """False for an operation that returns a value, such as ``equal``: that would be one of no meaning."""
    return all("Tensor" in str(each.type) for each in func._schema.returns)


def _filled(random: torch.Generator, t: torch.Tensor) -> torch.Tensor:
    """Random floats, of which no matrix is singular; indices and masks of zeros."""
    made = torch.zeros(t.shape, dtype=t.dtype, device="cpu")
    return made.copy_(torch.rand(t.shape, generator=random, device="cpu")) if t.is_floating_point() else made


def _quantized(random: torch.Generator, t: torch.Tensor) -> torch.Tensor:
    return torch.quantize_per_tensor(_filled(random, t).float(), 0.1, 0, torch.quint8)


def _on_meta(t: torch.Tensor) -> torch.Tensor:
    plain = torch.float32 if t.is_quantized else t.dtype
    return torch.empty(t.shape, dtype=plain, device="meta")


def _mapped(value: Any, change: Any) -> Any:
    """The value with its tensors changed, in nested lists and tuples, and the CPU in the place of other devices."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, list | tuple):
        made = [_mapped(each, change) for each in value]
        return made if type(value) is list else tuple(made)
    return torch.device("cpu") if isinstance(value, torch.device) else value
