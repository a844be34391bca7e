"""Weights that quantized modules of torch.ao keep packed, which are neither parameters nor buffers of the module."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

import torch
from torch import nn
from torch.utils.weak import WeakIdKeyDictionary

STORED_AS: MutableMapping[torch.Tensor, torch.dtype] = WeakIdKeyDictionary()
"""dtypes of packed weights, by the tensors of floats that are read in their place."""


def packed_weights(model: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """Name and tensor of each packed weight and bias, which count as buffers."""
    for path, module in model.named_modules():
        if type(module).__module__.startswith("torch.ao.nn."):
            for key, t in _of_one(module):
                yield f"{path}.{key}" if path else key, t


def _of_one(module: Any) -> Iterator[tuple[str, torch.Tensor]]:
    if callable(getattr(module, "get_weight", None)):  # recurrent layers; a module of reference gives one weight
        if isinstance(weights := module.get_weight(), dict):
            yield from {**weights, **module.get_bias()}.items()
        return
    for key in ("weight", "bias"):
        made = getattr(module, key, None)
        t = made() if callable(made) else None
        if isinstance(t, torch.Tensor):
            yield key, t
