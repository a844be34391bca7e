"""Facts from an operation's schema: its name, its arguments, which it writes into, and which its results may alias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import torch

UNSAFE_VIEWS = {"unsafe_split", "unsafe_split_with_sizes"}
"""Views of which autograd does not know."""


@cache
def base(func: Any) -> str:
    """``aten::add_`` -> ``add``; operations of others keep their namespace: ``torchvision::nms``."""
    name: str = func._schema.name.removeprefix("aten::")
    return name[:-1] if name.endswith("_") and not name.endswith("__") else name


@cache
def is_inplace(func: Any) -> bool:
    """True if it writes into an argument."""
    return bool(func._schema.is_mutable)


@cache
def is_view(func: Any) -> bool:
    """True if its result may share the memory of an argument that it does not write."""
    return base(func) in UNSAFE_VIEWS or (
        not is_inplace(func) and any(r.alias_info is not None for r in func._schema.returns)
    )


def by_name(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """A call's arguments by name, in the operation's order, with the defaults of those not given."""
    names, defaults = _arguments(func)
    given = {**defaults, **dict(zip(names, args, strict=False)), **kwargs}
    return {name: given[name] for name in names}


def number(func: Any, name: str) -> int:
    """The number of the argument of that name."""
    return _arguments(func)[0].index(name)


def written(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
    """The arguments that a custom operation writes into: its outputs, if it returns nothing."""
    if "::" not in base(func):
        return []
    given = by_name(func, args, kwargs)
    return [given[a.name] for a in func._schema.arguments if a.alias_info is not None and a.alias_info.is_write]


@cache
def _arguments(func: Any) -> tuple[list[str], dict[str, Any]]:
    arguments = func._schema.arguments
    return [a.name for a in arguments], {a.name: a.default_value for a in arguments if a.has_default_value()}


def shapes(value: Any) -> Any:
    """Arguments as a user's rule gets them: shapes in place of tensors."""
    if isinstance(value, torch.Tensor):
        return tuple(value.shape)
    if isinstance(value, dict):
        return {key: shapes(each) for key, each in value.items()}
    return [shapes(each) for each in value] if isinstance(value, list | tuple) else value
