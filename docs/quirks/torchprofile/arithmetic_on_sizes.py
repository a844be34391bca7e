"""Arithmetic on sizes counts

The trace has the product of two sizes as aten::mul, of one element: 1. So attention counts 4 more than its
mult-adds.
"""

import torch
import torchprofile
from torch import nn


class Flatten(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.view(x.shape[0] * x.shape[1])


print(torchprofile.profile_macs(Flatten(), torch.zeros(2, 3)))  # 1
