"""What a forward pass is called with: shapes and dtypes as a user gives them -> tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from types import FunctionType, ModuleType
from typing import Any

import torch
from torch import nn

from costcalc.convert import torch_arguments
from costcalc.convert.torch_reader.derivatives import NeedsAutograd
from costcalc.spec import CostcalcError, arguments
from costcalc.spec.arguments import is_shape, shown
from costcalc.spec.errors import message

LONGEST = 2**63
"""No axis of a torch tensor is as long."""

UNRECORDED = "does not require grad", "not to have been used in the graph"
"""What torch's errors say if a derivative is taken of a tensor that autograd has not recorded."""


class Inputs:
    """What the forward pass is called with: made anew for each try.

    ids       numbers of the inputs that hold ids
    autograd  True if the forward pass takes derivatives, False if it does not; None: not known yet
    learned   True if it takes them of inputs, which then require gradients
    failure   the error that the try before has ended in, if it is to be told should this one fail too
    """

    def __init__(self, module: nn.Module, inputs: Any, batch: int, dtype: Any) -> None:
        batch = arguments.integer("batch", batch, 1)
        if isinstance(inputs, Mapping):
            arguments.mapping("input", inputs, "a dict by names of arguments, like {'input_ids': (128,)}")
        elif not isinstance(inputs, list | tuple):
            raise CostcalcError(f"input {shown(inputs)} is no shape, such as (3, 224, 224), nor several")
        entries = inputs if isinstance(inputs, Mapping) else enumerate([inputs] if is_shape(inputs) else inputs)
        self.entries: dict[Any, Any] = dict(entries)
        self.axes: tuple[int, ...] = (batch,)
        self.ids: set[int] = set()
        self.autograd: bool | None = None
        self.learned = False
        self.failure: BaseException | None = None
        self.named = isinstance(inputs, Mapping)
        for key, value in self.entries.items():
            if not is_shape(value) and (not self.named or isinstance(value, list | tuple)):
                raise CostcalcError(f"input {key!r}: {shown(value)} is no shape: positive integers, the batch left out")
            if is_shape(value) and max(batch, *value, 1) >= LONGEST:
                raise CostcalcError(
                    f"input {key!r}: {shown((batch, *value))} is too large: torch's sizes are under 2^63"
                )
        if not any(map(is_shape, self.entries.values())):
            raise CostcalcError("a model is read from the shape of an input, of one at least, like (3, 224, 224)")
        floating = [p.dtype for p in module.parameters() if p.dtype.is_floating_point]
        self.usual = floating[0] if floating else torch.float32
        self.dtypes = _by_input(dtype, self.entries)

    def begin_with_the_batch(self) -> bool:
        """True if each shape may be one with the batch."""
        shapes = [tuple(value) for value in self.entries.values() if is_shape(value)]
        return bool(shapes) and all(shape[:1] == self.axes for shape in shapes)

    def as_they_stand(self) -> Inputs:
        """The same, with the batch where it is in the shapes, and no other."""
        self.axes = ()
        return self

    def another(self, error: BaseException | None, derived: bool) -> bool:
        """True if another try follows one that has ended so, which this one is then set up for.

        derived  True if the forward pass had taken a derivative
        """
        text = message(error) if error is not None else ""
        unrecorded = isinstance(error, NeedsAutograd) or any(said in text for said in UNRECORDED)
        if self.autograd is None and unrecorded:
            self.autograd = True
        elif self.autograd and not self.learned and unrecorded:
            self.learned, self.failure = True, error
        elif self.autograd and not self.learned and not derived:  # it turned autograd on, no more
            self.autograd, self.failure = False, error
        else:
            return False
        return True

    def make(self) -> tuple[list[torch.Tensor], list[Any], dict[str, Any]]:
        """The tensors, positional and keyword arguments."""
        values = {}
        tensors: list[torch.Tensor] = []
        for key, value in self.entries.items():
            if is_shape(value):
                value = torch.empty((*self.axes, *value), dtype=self._dtype(key, len(tensors)), device="meta")
                tensors.append(value)
            elif not isinstance(value, torch.Tensor):
                inside = {id(t): torch.empty_like(t, device="meta") for t in _held(value)}
                tensors += inside.values()
                value = deepcopy(value, dict(inside)) if inside else value
            values[key] = value
        for t in tensors:
            t.requires_grad_(self.learned and (t.is_floating_point() or t.is_complex()))
        return (tensors, [], values) if self.named else (tensors, list(values.values()), {})

    def _dtype(self, key: Any, number: int) -> torch.dtype:
        told = self.dtypes.get(key)
        if told is None:
            return torch.int64 if number in self.ids else self.usual
        return torch_arguments.dtype(told, f"input {key!r}: dtype")


def _by_input(dtype: Any, entries: Mapping[Any, Any]) -> dict[Any, Any]:
    """One dtype for all inputs, one for each in order, or some by name -> by input."""
    if not isinstance(dtype, Mapping | list | tuple):
        return dict.fromkeys(entries, dtype)
    if isinstance(dtype, Mapping) and set(dtype) <= set(entries):
        return dict(dtype)
    if not isinstance(dtype, Mapping) and len(dtype) == len(entries):
        return dict(zip(entries, dtype, strict=True))
    raise CostcalcError(f"dtype {shown(dtype)} is not of these inputs: {', '.join(map(str, entries))}")


def _held(value: Any, seen: set[int] | None = None) -> Iterator[torch.Tensor]:
    """The tensors of floating point that an object holds: in dicts, lists and attributes, however deep."""
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
        yield from _held(each, seen)
