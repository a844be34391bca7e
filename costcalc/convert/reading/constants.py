"""Numbers that a model makes without its inputs (positions, masks): computed for real, so that it may look at them."""

from __future__ import annotations

from collections.abc import Container, Sequence
from math import prod
from typing import Any

import torch

from costcalc.convert.reading import aten
from costcalc.convert.reading.nodes import storage, tensors

META = torch.device("meta")

MANY = 2**20
"""Elements, more than which are not computed for real where the meta device will do."""


class Constants:
    """Which tensors have numbers that a model made without its inputs, and computes with them.

    names  of the model's parameters, by id: their numbers are not looked at
    """

    def __init__(self, names: Container[int]) -> None:
        self.names = names
        self._own: set[int] = set()  # the memory of those made in this pass
        self._overwritten: set[int] = set()  # memory that tensors without numbers were written into
        self._alive: list[torch.Tensor] = []  # so that no memory is given twice

    def forget(self, t: torch.Tensor) -> None:
        """What has no numbers was written into this tensor's memory."""
        self._overwritten.add(storage(t))
        self._alive.append(t)

    def known(self, t: torch.Tensor) -> bool:
        """True if its numbers are there to be looked at."""
        return not (t.is_meta or id(t) in self.names or storage(t) in self._overwritten)

    def suffice(self, func: Any, given: Sequence[torch.Tensor]) -> bool:
        """True for what is computed for real: free operations on constants, none of which is the model's to change."""
        for t in given:
            if not self.known(t):
                return False
        if aten.costs(func) or _many(given):
            return False
        return not aten.is_inplace(func) or storage(given[0]) in self._own

    def compute(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Run it for real, even where the model asks for the meta device, which has no numbers to look at."""
        made = func(*args, **kwargs)
        devices = [value for value in (*args, *kwargs.values()) if isinstance(value, torch.device)]
        random = torch.Tag.nondeterministic_seeded in func.tags
        if META in devices and not random and sum(t.numel() for t in tensors(made)) <= MANY:
            made = func(*map(_off_meta, args), **{key: _off_meta(value) for key, value in kwargs.items()})
        if not aten.is_view(func):
            for t in tensors(made):
                self._own.add(storage(t))
                self._alive.append(t)
        return made


def _off_meta(value: Any) -> Any:
    """The CPU in the place of the meta device; all else as it is."""
    return torch.device("cpu") if isinstance(value, torch.device) and value == META else value


def _many(given: Sequence[torch.Tensor]) -> bool:
    """True if these tensors have too many elements, as they stand or spread over each other's axes."""
    try:
        return prod(torch.broadcast_shapes(*[t.shape for t in given])) > MANY  # type: ignore[no-untyped-call]
    except RuntimeError:
        return sum(t.numel() for t in given) > MANY
