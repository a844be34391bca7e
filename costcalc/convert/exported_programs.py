"""Modules of programs that torch.export makes: how they take the arguments of their forward pass."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import Any

from torch import nn
from torch.utils._pytree import tree_unflatten


def by_position(module: nn.Module) -> Sequence[str]:
    """Names of the arguments that such a module takes by position alone, as its example did; none of other modules."""
    spec: Any = getattr(module, "_in_spec", None)
    if spec is None:
        return ()
    _, by_name = tree_unflatten([None] * spec.num_leaves, spec)
    return [name for name in signature(module.forward).parameters if name not in by_name]
