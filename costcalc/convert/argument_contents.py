"""The shapes and tensors inside one argument of a forward pass: checked, found, and replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from types import FunctionType, ModuleType
from typing import Any

import torch

from costcalc.convert.meta_tensors import like
from costcalc.spec import CostcalcError, arguments
from costcalc.spec.arguments import shown
from costcalc.spec.given import children, is_leaf, is_tensor, rebuilt, shape_of

LONGEST = 2**63
"""Every axis of a torch tensor is shorter."""

MANY = 2**20
"""Most elements of a tensor of integers whose values may be used."""


def replaced(value: Any, make: Callable[[Any], Any], memo: dict[int, Any], depth: int) -> Any:
    """Replace each shape and each tensor, in dicts, lists, tuples and objects; a tensor that is given twice is one.

    depth  0: shapes are replaced wherever they are; 1: here alone; more: nowhere
    """
    if is_tensor(value):
        if id(value) not in memo:
            memo[id(value)] = make(value)
        return memo[id(value)]
    if is_leaf(value):
        return make(value) if depth < 2 else value
    if children(value):
        return rebuilt(value, lambda each: replaced(each, make, memo, depth and depth + 1))
    inside = list(held(value))
    for t in inside:
        memo.setdefault(id(t), make(t))
    return deepcopy(value, dict(memo)) if inside else value


def has_values(leaf: Any) -> bool:
    """True for a small tensor of integers or booleans with values, on which sizes may depend."""
    return (
        isinstance(leaf, torch.Tensor)
        and not (leaf.is_meta or leaf.is_floating_point() or leaf.is_complex())
        and leaf.layout is torch.strided
        and leaf.numel() <= MANY
    )


def check(name: str, value: Any, batch: Any) -> None:
    """Raises CostcalcError for a list that looks like a shape and is not one, and for an axis that is too long."""
    if is_tensor(value):
        like(value)
        return
    if is_leaf(value):
        if max(*shape_of(value, batch), 1, 1) >= LONGEST:
            raise CostcalcError(f"{name}: {shown(shape_of(value, batch))} is too large: torch's sizes are under 2^63")
        return
    inside = children(value)
    integers = [each for each in inside if arguments.as_integer(each) is not None and not is_tensor(each)]
    if not isinstance(value, dict) and inside and len(integers) == len(inside):
        raise CostcalcError(f"{name}: {shown(value)} is not a shape: positive integers, the batch left out")
    for each in inside:
        check(name, each, batch)


def held(value: Any, seen: set[int] | None = None) -> Iterator[torch.Tensor]:
    """The floating-point tensors that an object holds, in dicts, lists and attributes, at any depth."""
    seen = set() if seen is None else seen
    if id(value) in seen or isinstance(value, type | ModuleType | FunctionType):
        return
    seen.add(id(value))
    if isinstance(value, torch.Tensor):
        if value.dtype.is_floating_point:
            yield value
        return
    inside = [*value.values()] if isinstance(value, Mapping) else []
    inside += value if isinstance(value, list | tuple | set) else getattr(value, "__dict__", {}).values()
    for each in inside:
        yield from held(each, seen)
