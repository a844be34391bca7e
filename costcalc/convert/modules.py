"""Modules that torch.nn lacks, by the names that ops give them."""

from __future__ import annotations

import torch
from torch import nn


class RBF(nn.Module):
    """(N, in_features) -> (N, out_features): squared distances to fixed vectors, which are a buffer.

    LeCun et al. 1998, §II.B, drew theirs as bitmaps of -1 and +1, and say that random ones would do.
    """

    vectors: torch.Tensor

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.register_buffer("vectors", torch.randn(out_features, in_features).sign())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, in_features) -> (N, out_features)."""
        return (x.unsqueeze(-2) - self.vectors).square().sum(-1)
