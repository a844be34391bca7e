"""Tensors that a model makes without its inputs (positions, masks): evaluated eagerly, so that it can read them."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import torch
from torch import nn

from costcalc.convert.kept_values import kept
from costcalc.convert.torch_reader.assumptions import Assumption
from costcalc.convert.torch_reader.aten.kinds import costs
from costcalc.convert.torch_reader.aten.schema import base, is_inplace, is_view
from costcalc.convert.torch_reader.builder import GraphBuilder
from costcalc.convert.torch_reader.storage import Place, place, storage, tensors

META = torch.device("meta")
CPU = torch.device("cpu")

FRESH = torch.ops.aten.lift_fresh.default
"""The operation that torch.tensor ends with. Its result shares no memory."""

NUMBER = tuple(getattr(torch.ops.aten, name).default for name in ("item", "is_nonzero", "_local_scalar_dense"))
"""Operations that return the value of one element."""

MANY = 2**20
"""Most elements of a tensor that is evaluated although the meta device would do."""


PRODUCTS = {"addmm", "baddbmm", "bmm", "dot", "linear", "matmul", "mm", "mv"}
"""Products whose values are kept if all inputs are constants."""


FINITE = {"isfinite": True, "isinf": False, "isnan": False, "isneginf": False, "isposinf": False}
"""Questions that models ask of all their numbers, and the answer of numbers that are finite."""


class Constants:
    """Knows which tensors are constants, and evaluates operations on them.

    They are real tensors. With autograd on, which wants a gradient on the device of its tensor, the model has tensors
    on the meta device in their place, as of all others, and the numbers are kept beside.

    assumed   what is assumed of values that depend on the input
    recorded  tensors on the meta device in the place of parameters and buffers, by the id of these
    """

    def __init__(self, builder: GraphBuilder, assumed: Assumption) -> None:
        self.builder, self.assumed = builder, assumed
        self._own = builder.made_in_pass
        self._overwritten: set[int] = set()  # memory that tensors without numbers were written into
        self._alive: list[torch.Tensor] = []  # so that no memory is given twice
        self._beside: dict[Place, torch.Tensor] = {}  # the numbers of tensors on the meta device
        self.recorded: dict[int, torch.Tensor] = {}

    def forget(self, t: torch.Tensor) -> None:
        """Register that a tensor without values was written into this tensor's memory."""
        self._overwritten.add(storage(t))
        self._keep(t)

    def _keep(self, t: torch.Tensor) -> None:
        self._alive.append(t)
        self.builder.frames.keep(t)

    def numbers(self, t: torch.Tensor) -> torch.Tensor | None:
        """The tensor with its values; None if it has none, and for parameters."""
        if id(t) in self.builder.names:
            return None
        found = self._beside.get(place(t)) if self._beside and t.is_meta else None
        found = kept(t) if found is None else found
        return None if found is None or storage(t) in self._overwritten else found

    def record(self, t: torch.Tensor) -> torch.Tensor:
        """A tensor on the meta device in the place of one of the model's, which autograd may give a gradient."""
        if id(t) not in self.recorded:
            made = self.builder.stand_in(t)
            if isinstance(t, nn.Parameter):
                made = nn.Parameter(made, t.requires_grad)
                self.builder.alias(made, t)
            elif (number := kept(t)) is not None:
                self._beside[place(made)] = number
            self.recorded[id(t)] = made
        return self.recorded[id(t)]

    def suffice(self, func: Any, given: Sequence[torch.Tensor]) -> bool:
        """True if an operation is evaluated eagerly: all its inputs are constants that the model does not modify."""
        if func in NUMBER and not given[0].is_meta:  # of a parameter, too
            return not self.builder.autograd
        for t in given:
            if self.numbers(t) is None:
                return False
        if costs(func) or _many(given):
            return False
        return not is_inplace(func) or storage(given[0]) in self._own

    def compute(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Evaluate it, even if the model asks for the meta device, where tensors have no values."""
        if self.builder.autograd:
            return self._compute_beside(func, args, kwargs)
        if any(t.is_meta for t in tensors((args, tuple(kwargs.values())))):  # with values that are kept
            args, kwargs = self._real(args), self._real(kwargs)
        made = func(*args, **kwargs)
        devices = [value for value in (*args, *kwargs.values()) if isinstance(value, torch.device)]
        random = torch.Tag.nondeterministic_seeded in func.tags
        if META in devices and not random and sum(t.numel() for t in tensors(made)) <= MANY:
            made = func(*map(_off_meta, args), **{key: _off_meta(value) for key, value in kwargs.items()})
        self._remember(func, made)
        return made

    def with_values(self, func: Any, args: Any, kwargs: Any, made: Any) -> Any:
        """The result of an operation that is read; with values if they are assumed, or if all its inputs have them.

        All inputs have them in a product of constants, and in an operation on what such a product gave.
        """
        if base(func) in FINITE and not _many([made]):
            return self._valued(func, made, torch.full(made.shape, FINITE[base(func)], device="cpu"))
        chosen = self.assumed.chosen(func, args, kwargs, made)
        if chosen is not None:
            position, values = chosen
            several = [made] if isinstance(made, torch.Tensor) else list(made)
            several[position] = self._valued(func, several[position], values)
            return several[0] if isinstance(made, torch.Tensor) else tuple(several)
        given = list(tensors((args, tuple(kwargs.values()))))
        free = isinstance(made, torch.Tensor) and not is_inplace(func) and not costs(func)
        if (
            not (free or base(func) in PRODUCTS)
            or not given
            or any(self.numbers(t) is None for t in given)
            or _many(given)
        ):
            return made
        return self._valued(func, made, func(*self._real(args), **self._real(kwargs)))

    def _valued(self, func: Any, made: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
        """A tensor on the meta device with these values; without autograd, a tensor that holds them in its place."""
        if self.builder.autograd:
            self._beside[place(made)] = real
            self._keep(made)
            return made
        self.builder.bind(real, self.builder.source(made))
        self._remember(func, real)
        return real

    def on_meta(self, value: Any) -> Any:
        """Move tensors and devices to meta, in nested lists, tuples and dicts; return anything else unchanged."""
        if isinstance(value, torch.Tensor):
            return self.builder.stand_in(value)
        if type(value) in (list, tuple):
            return type(value)(map(self.on_meta, value))
        if type(value) is dict:
            return {key: self.on_meta(each) for key, each in value.items()}
        return META if isinstance(value, torch.device) else value

    def _compute_beside(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Evaluate it, and return tensors on the meta device; the results are kept as their values."""
        shared = is_view(func) or is_inplace(func)
        devices = [value for value in (*args, *kwargs.values()) if isinstance(value, torch.device)]
        if META in devices and not shared:
            made = func(*args, **kwargs)
            if sum(t.numel() for t in tensors(made)) > MANY:
                return made
        real = func(*self._real(args), **self._real(kwargs))
        if shared:  # in the memory of what is given, on both sides
            made = func(*self.on_meta(args), **self.on_meta(kwargs))
        else:
            made = self.on_meta(real)
        for t, number in zip(tensors(made), tensors(real), strict=True):
            self._beside[place(t)] = number
            self._keep(t)
        self._remember(func, made)
        return made

    def _remember(self, func: Any, made: Any) -> None:
        if not is_view(func) or func is FRESH:
            for t in tensors(made):
                self._own.add(storage(t))
                self._keep(t)

    def _real(self, value: Any) -> Any:
        """The reverse of `on_meta`: tensors with their values, and the CPU."""
        if isinstance(value, torch.Tensor):
            return self.numbers(value)
        if type(value) in (list, tuple):
            return type(value)(map(self._real, value))
        if type(value) is dict:
            return {key: self._real(each) for key, each in value.items()}
        return CPU if isinstance(value, torch.device) else value


def _off_meta(value: Any) -> Any:
    """Replace the meta device by the CPU; return anything else unchanged."""
    return CPU if isinstance(value, torch.device) and value == META else value


def _many(given: Sequence[torch.Tensor]) -> bool:
    """True if these tensors have too many elements, alone or broadcast together."""
    try:
        return prod(torch.broadcast_shapes(*[t.shape for t in given])) > MANY  # type: ignore[no-untyped-call]
    except RuntimeError:
        return sum(t.numel() for t in given) > MANY
