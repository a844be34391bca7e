"""Arguments of a forward pass: shapes and dtypes as a user gives them -> tensors."""

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
"""Every axis of a torch tensor is shorter."""

UNRECORDED = "does not require grad", "not to have been used in the graph"
"""Parts of torch's errors if a derivative is taken of a tensor that autograd has not recorded."""


class Inputs:
    """Arguments of the forward pass, made anew for each try.

    ids       numbers of the inputs that hold token ids
    autograd  True if the forward pass takes derivatives, False if it does not, None if not known yet
    learned   True if it takes derivatives with respect to inputs, which then require gradients
    failure   the error of the previous try, if it is the one to report should this try fail too
    """

    def __init__(self, module: nn.Module, inputs: Any, batch: int, dtype: Any) -> None:
        batch = arguments.integer("batch", batch, 1)
        if isinstance(inputs, Mapping):
            arguments.mapping("input", inputs, "a dict by names of arguments, like {'input_ids': (128,)}")
        elif not isinstance(inputs, list | tuple):
            raise CostcalcError(f"input {shown(inputs)} is not a shape, like (3, 224, 224), or a list of shapes")
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
                raise CostcalcError(
                    f"input {key!r}: {shown(value)} is not a shape: positive integers, the batch left out"
                )
            if is_shape(value) and max(batch, *value, 1) >= LONGEST:
                raise CostcalcError(
                    f"input {key!r}: {shown((batch, *value))} is too large: torch's sizes are under 2^63"
                )
        if not any(map(is_shape, self.entries.values())):
            raise CostcalcError("a model is read from the shape of at least one input, like (3, 224, 224)")
        floating = [p.dtype for p in module.parameters() if p.dtype.is_floating_point]
        self.usual = floating[0] if floating else torch.float32
        self.dtypes = _by_input(dtype, self.entries)

    def begin_with_the_batch(self) -> bool:
        """True if each shape may include the batch: it begins with that number."""
        shapes = [tuple(value) for value in self.entries.values() if is_shape(value)]
        return bool(shapes) and all(shape[:1] == self.axes for shape in shapes)

    def as_they_stand(self) -> Inputs:
        """These inputs, changed so that the shapes include the batch, and none is put in front."""
        self.axes = ()
        return self

    def another(self, error: BaseException | None, derived: bool) -> bool:
        """True if another try should follow one with this error, or None; the inputs are then set up for it.

        derived  True if the forward pass had taken a derivative
        """
        text = message(error) if error is not None else ""
        unrecorded = isinstance(error, NeedsAutograd) or any(said in text for said in UNRECORDED)
        if self.autograd is None and unrecorded:
            self.autograd = True
        elif self.autograd and not self.learned and unrecorded:
            self.learned, self.failure = True, error
        elif self.autograd and not self.learned and not derived:  # it only turned autograd on
            self.autograd, self.failure = False, error
        else:
            return False
        return True

    def make(self) -> tuple[list[torch.Tensor], list[Any], dict[str, Any]]:
        """The tensors on the meta device, and the positional and keyword arguments that they are in."""
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
        given = self.dtypes.get(key)
        if given is None:
            return torch.int64 if number in self.ids else self.usual
        return torch_arguments.dtype(given, f"input {key!r}: dtype")


def _by_input(dtype: Any, entries: Mapping[Any, Any]) -> dict[Any, Any]:
    """One dtype for all inputs, one per input in order, or some by name -> by input."""
    if not isinstance(dtype, Mapping | list | tuple):
        return dict.fromkeys(entries, dtype)
    if isinstance(dtype, Mapping) and set(dtype) <= set(entries):
        return dict(dtype)
    if not isinstance(dtype, Mapping) and len(dtype) == len(entries):
        return dict(zip(entries, dtype, strict=True))
    raise CostcalcError(f"dtype {shown(dtype)} is not of these inputs: {', '.join(map(str, entries))}")


def _held(value: Any, seen: set[int] | None = None) -> Iterator[torch.Tensor]:
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
        yield from _held(each, seen)
