"""torch's arguments as settings of rules."""

from __future__ import annotations

from typing import Any

import torch


def each(value: Any, x: torch.Tensor) -> tuple[int, ...]:
    """One number per spatial axis, from aten's list of one or several."""
    values = (value,) if isinstance(value, int) else tuple(value)
    return values * (x.dim() - 2) if len(values) == 1 else values


def pad_pairs(pads: Any) -> tuple[tuple[int, int], ...]:
    """torch's list of pads, the last axis first -> (before, after) of each of the last axes, in their order."""
    flat = list(pads)
    return tuple((flat[i], flat[i + 1]) for i in range(len(flat) - 2, -2, -2))


def scales(factor: Any) -> Any:
    """A scale, or several, as integers if they are whole: torch converts all to float."""
    if isinstance(factor, tuple | list):
        return tuple(map(scales, factor))
    return int(factor) if factor == int(factor) else factor
