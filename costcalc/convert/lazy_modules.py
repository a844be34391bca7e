"""Lazy modules, such as nn.LazyLinear, whose parameters get their shapes from the first forward pass."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter, is_lazy

from costcalc.convert.inputs import Inputs
from costcalc.convert.kept_values import keeping_values
from costcalc.convert.user_code import in_a_line
from costcalc.spec import CostcalcError


def initialized(module: nn.Module, given: Inputs, label: str) -> nn.Module:
    """The module; if it is lazy, a copy on the meta device with the parameters that a first forward pass gives it.

    Raises CostcalcError, in one line, if that pass fails.
    """
    tensors = [*module.parameters(), *module.buffers()]
    if not any(map(is_lazy, tensors)):
        return module
    _, args, kwargs = given.make()
    try:
        with keeping_values(), torch.no_grad():
            made = deepcopy(module, {id(t): _to_meta(t) for t in tensors})
            made(*args, **kwargs)
    except Exception as error:
        raise CostcalcError(f"the first forward pass of {label}, a lazy module, fails: {in_a_line(error)}") from error
    return made


def _to_meta(t: Any) -> Any:
    if is_lazy(t):
        kind: Any = UninitializedParameter if isinstance(t, nn.Parameter) else UninitializedBuffer
        return kind(t.requires_grad, device="meta", dtype=t.dtype)
    return nn.Parameter(t.to("meta"), t.requires_grad) if isinstance(t, nn.Parameter) else t.to("meta")


def refuse_lazy(module: nn.Module) -> None:
    """Raise CostcalcError for a module with a lazy parameter or buffer."""
    lazy = [key for key, t in (*module.named_parameters(), *module.named_buffers()) if is_lazy(t)]
    if lazy:
        raise CostcalcError(f"{lazy[0]!r} has no shape until the first forward pass: run the module once, then read it")
