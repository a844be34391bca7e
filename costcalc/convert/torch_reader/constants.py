"""Numbers that a model makes without its inputs (positions, masks): computed for real, so that it may look at them."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import torch
from torch import nn

from costcalc.convert.torch_reader.aten.kinds import costs
from costcalc.convert.torch_reader.aten.schema import is_inplace, is_view
from costcalc.convert.torch_reader.builder import Nodes
from costcalc.convert.torch_reader.storage import Place, place, storage, tensors

META = torch.device("meta")
CPU = torch.device("cpu")

FRESH = torch.ops.aten.lift_fresh.default
"""What torch.tensor ends in: nobody else has its memory."""

MANY = 2**20
"""Elements, more than which are not computed for real where the meta device will do."""


class Constants:
    """Which tensors have numbers that a model made without its inputs, and computes with them.

    They are real tensors. With autograd on, which wants a gradient on the device of its tensor, the model has tensors
    on the meta device in their place, as of all others, and the numbers are kept beside.

    recorded  tensors on the meta device in the place of parameters and buffers, by the id of these
    """

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        self._own: set[int] = set()  # the memory of those made in this pass
        self._overwritten: set[int] = set()  # memory that tensors without numbers were written into
        self._alive: list[torch.Tensor] = []  # so that no memory is given twice
        self._beside: dict[Place, torch.Tensor] = {}  # the numbers of tensors on the meta device
        self.recorded: dict[int, torch.Tensor] = {}

    def forget(self, t: torch.Tensor) -> None:
        """What has no numbers was written into this tensor's memory."""
        self._overwritten.add(storage(t))
        self._alive.append(t)

    def numbers(self, t: torch.Tensor) -> torch.Tensor | None:
        """The tensor with its numbers, if they are there to be looked at: those of parameters are not."""
        if id(t) in self.nodes.names:
            return None
        found = t if not t.is_meta else self._beside.get(place(t)) if self._beside else None
        return None if found is None or storage(t) in self._overwritten else found

    def record(self, t: torch.Tensor) -> torch.Tensor:
        """A tensor on the meta device in the place of one of the model's, which autograd may give a gradient."""
        if id(t) not in self.recorded:
            made = self.nodes.stand_in(t)
            if isinstance(t, nn.Parameter):
                made = nn.Parameter(made, t.requires_grad)
                self.nodes.alias(made, t)
            elif not t.is_meta:
                self._beside[place(made)] = t
            self.recorded[id(t)] = made
        return self.recorded[id(t)]

    def suffice(self, func: Any, given: Sequence[torch.Tensor]) -> bool:
        """True for what is computed for real: free operations on constants, none of which is the model's to change."""
        for t in given:
            if self.numbers(t) is None:
                return False
        if costs(func) or _many(given):
            return False
        return not is_inplace(func) or storage(given[0]) in self._own

    def compute(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Run it for real, even where the model asks for the meta device, which has no numbers to look at."""
        if self.nodes.autograd:
            return self._compute_beside(func, args, kwargs)
        made = func(*args, **kwargs)
        devices = [value for value in (*args, *kwargs.values()) if isinstance(value, torch.device)]
        random = torch.Tag.nondeterministic_seeded in func.tags
        if META in devices and not random and sum(t.numel() for t in tensors(made)) <= MANY:
            made = func(*map(_off_meta, args), **{key: _off_meta(value) for key, value in kwargs.items()})
        self._remember(func, made)
        return made

    def on_meta(self, value: Any) -> Any:
        """Move tensors and devices to meta, in nested lists, tuples and dicts; return anything else unchanged."""
        if isinstance(value, torch.Tensor):
            return self.nodes.stand_in(value)
        if type(value) in (list, tuple):
            return type(value)(map(self.on_meta, value))
        if type(value) is dict:
            return {key: self.on_meta(each) for key, each in value.items()}
        return META if isinstance(value, torch.device) else value

    def _compute_beside(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Run it for real, and return tensors on the meta device that the results are the numbers of."""
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
            self._alive.append(t)
        self._remember(func, made)
        return made

    def _remember(self, func: Any, made: Any) -> None:
        if not is_view(func) or func is FRESH:
            for t in tensors(made):
                self._own.add(storage(t))
                self._alive.append(t)

    def _real(self, value: Any) -> Any:
        """The other way round: tensors with their numbers, and the CPU."""
        if isinstance(value, torch.Tensor):
            return self.numbers(value)
        if type(value) in (list, tuple):
            return type(value)(map(self._real, value))
        if type(value) is dict:
            return {key: self._real(each) for key, each in value.items()}
        return CPU if isinstance(value, torch.device) else value


def _off_meta(value: Any) -> Any:
    """The CPU in the place of the meta device; all else as it is."""
    return CPU if isinstance(value, torch.device) and value == META else value


def _many(given: Sequence[torch.Tensor]) -> bool:
    """True if these tensors have too many elements, as they stand or spread over each other's axes."""
    try:
        return prod(torch.broadcast_shapes(*[t.shape for t in given])) > MANY  # type: ignore[no-untyped-call]
    except RuntimeError:
        return sum(t.numel() for t in given) > MANY
