"""Modules that torch.nn lacks, under the names that ops call them by."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import nn


class RBF(nn.Module):
    """(N, in_features) -> (N, out_features): squared distances to fixed vectors, which are a buffer.

    The vectors of LeCun et al. 1998, §II.B, are drawn by hand, of -1 and +1; they mention random ones as an option.
    """

    vectors: torch.Tensor

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.register_buffer("vectors", torch.randn(out_features, in_features).sign())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, in_features) -> (N, out_features)."""
        return (x.unsqueeze(-2) - self.vectors).square().sum(-1)


def SelfAttention(width: int, heads: int, bias: bool, dropout: float, need_weights: bool) -> nn.MultiheadAttention:
    """(N, L, width) -> same shape: torch's own MultiheadAttention with one input tensor and one output.

    Hooks pass the input three times, as queries, keys and values, and return the first of the two outputs. The module
    keeps torch's type and names, so counting tools treat it as they treat any MultiheadAttention.
    """
    module = nn.MultiheadAttention(width, heads, dropout=dropout, bias=bias, batch_first=True)
    module.register_forward_pre_hook(partial(_thrice, need_weights), with_kwargs=True)
    module.register_forward_hook(_first)
    return module


def _thrice(need_weights: bool, module: nn.Module, args: Any, kwargs: Any) -> Any:
    return (args[0],) * 3, {**kwargs, "need_weights": need_weights}


def _first(module: nn.Module, args: Any, made: Any) -> Any:
    return made[0]
