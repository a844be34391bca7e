"""Registry of the functions that say which op a call of an aten operation is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch


@dataclass(slots=True)
class Use:
    """A call as an op: its inputs, its settings, and the tensors behind the weights that the op's rule names."""

    op: str
    inputs: Sequence[torch.Tensor]
    settings: Mapping[str, Any]
    weights: Sequence[torch.Tensor] = ()
    no_buffers: bool = False


Handler = Callable[[Any, Mapping[str, Any]], Use | None]
"""The operation and its arguments by name -> the op; None where it is just not that op."""

HANDLERS: dict[str, Handler] = {}


def handler(*names: str) -> Callable[[Handler], Handler]:
    """Make a function the handler of these operations, in place or not, and all their overloads."""

    def decorate(function: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(names, function))
        return function

    return decorate


def weights(a: Mapping[str, Any]) -> list[torch.Tensor]:
    """Weight and bias, those there are, in the order in which rules name them."""
    return [a[key] for key in ("weight", "bias") if a[key] is not None]
