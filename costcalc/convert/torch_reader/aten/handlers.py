"""Registry of the functions that say which op a call of an aten operation is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from costcalc.spec.shapes import Shape


@dataclass(slots=True)
class OpCall:
    """A call of an aten operation as an op: inputs, settings, and the tensors behind the weights of the op's rule."""

    op: str
    inputs: Sequence[torch.Tensor]
    settings: Mapping[str, Any]
    weights: Sequence[torch.Tensor] = ()
    no_buffers: bool = False

    def is_plain(self, sizes: Iterable[Shape]) -> bool:
        """True if torch will accept the arguments, with weights of these sizes, and make contiguous outputs."""
        first = self.inputs[0]
        if not first.dtype.is_floating_point:  # the output may be
            return False
        for t in (*self.inputs, *self.weights):
            if t.dtype != first.dtype or not t.is_contiguous():
                return False
        return [tuple(t.shape) for t in self.weights] == list(sizes)


Handler = Callable[[Any, Mapping[str, Any]], OpCall | None]
"""The operation and its arguments by name -> the op; None if the op's rule does not cover the call."""

HANDLERS: dict[str, Handler] = {}


def handler(*names: str) -> Callable[[Handler], Handler]:
    """Make a function the handler of these operations: all overloads, in place or not."""

    def decorate(function: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(names, function))
        return function

    return decorate


def weights(a: Mapping[str, Any]) -> list[torch.Tensor]:
    """Weight and bias, if given, in the order of the rules."""
    return [a[key] for key in ("weight", "bias") if a[key] is not None]
