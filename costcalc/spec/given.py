"""Inputs as a caller gives them: shapes and tensors, alone or in dicts, lists and tuples. Imports no torch."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from typing import Any

from costcalc.spec.arguments import is_shape
from costcalc.spec.errors import CostcalcError
from costcalc.spec.shapes import Shape

LIBRARIES = {"torch": "Tensor", "numpy": "ndarray"}
"""Modules and the names of their tensor classes."""


def is_tensor(value: Any) -> bool:
    """True for a tensor of torch and an array of numpy. Imports neither library."""
    return any(isinstance(value, _of(library)) for library in LIBRARIES)


def is_given_shape(value: Any) -> bool:
    """True for a list or tuple of positive integers, unless all are tensors of torch."""
    return is_shape(value) and not (value and all(isinstance(each, _of("torch")) for each in value))


def is_leaf(value: Any) -> bool:
    """True for a shape and for a tensor."""
    return is_tensor(value) or is_given_shape(value)


def leaves(value: Any) -> Iterator[Any]:
    """The shapes and tensors in dicts, lists and tuples, in order."""
    if is_leaf(value):
        yield value
    else:
        for each in children(value):
            yield from leaves(each)


def children(value: Any) -> list[Any]:
    """The items of a dict, list or tuple; otherwise none."""
    return list(value.values() if isinstance(value, dict) else value) if isinstance(value, dict | list | tuple) else []


def rebuilt(value: Any, change: Callable[[Any], Any]) -> Any:
    """A dict, list or tuple of the same class, also a named tuple, with each item changed."""
    if isinstance(value, dict):
        made = copy(value)
        for key, each in value.items():
            made[key] = change(each)
        return made
    changed = [change(each) for each in value]
    return value._make(changed) if hasattr(value, "_make") else type(value)(changed)


def shape_of(leaf: Any, batch: Any = None) -> Shape:
    """The shape of a tensor, or a given shape behind the batch: with None as it stands."""
    shape = tuple(map(int, leaf.shape)) if is_tensor(leaf) else tuple(leaf)
    return shape if batch is None or is_tensor(leaf) else (batch, *shape)


def shapes(value: Any, batch: Any) -> tuple[Any, Any]:
    """The same with a shape in the place of each tensor, and the batch that the shapes leave out.

    That is None if the first axes of the tensors, or of these and the batch, differ: each shape then has all its axes.
    Raises CostcalcError for a batch that is not the tensors' own.
    """
    found = list(leaves(value))
    tensors = [leaf for leaf in found if is_tensor(leaf)]
    if not tensors:
        return value, batch
    check_batch(tensors, batch)
    firsts = {shape_of(leaf, batch)[:1] for leaf in found}
    together = firsts.pop() if batch is not None and len(firsts) == 1 else ()
    axes = len(together)
    return _changed(value, lambda leaf: shape_of(leaf, batch)[axes:]), (*together, None)[0]


def check_batch(tensors: Iterable[Any], batch: Any) -> None:
    """Raises CostcalcError for a batch that is given beside tensors with another."""
    if batch not in (None, 1) and any(shape_of(t)[:1] != (batch,) for t in tensors):
        raise CostcalcError(f"batch={batch}: the input's tensors have a batch of their own; give none")


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same with each shape and each tensor changed."""
    if is_leaf(value):
        return change(value)
    return rebuilt(value, lambda each: _changed(each, change)) if children(value) else value


def _of(library: str) -> Any:
    """The tensor class of a library, or () as long as the library is not imported."""
    module: Any = sys.modules.get(library)
    return () if module is None else getattr(module, LIBRARIES[library], ())  # while it is being imported
