"""Models with calls that a trace has as a whole, or by their settings."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from small_modules import module
from torch import nn


@torch.jit.script
def scripted(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    return torch.relu(torch.matmul(x, w)) * 2


class Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any, w: Any) -> Any:
        return (x @ w) * 2

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return grads[0], None


def sampled(mode: str) -> nn.Module:
    def forward(self: Any, x: Any) -> Any:
        grid = torch.zeros(x.shape[0], 4, 4, 2)
        return F.grid_sample(self.c(x), grid, mode=mode, align_corners=False)

    return module(forward, c=nn.Conv2d(3, 3, 1))


def with_slopes() -> nn.Module:
    made = nn.Linear(8, 8)
    made.register_buffer("slopes", torch.ones(8))
    return made


WAYS = {"nearest": 0, "bilinear": 4, "bicubic": 16}

MODELS: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "scripted": (
        module(lambda self, x: scripted(self.a(x), self.b.weight), a=nn.Linear(6, 4), b=nn.Linear(4, 4)),
        (6,),
    ),
    "autograd.Function": (
        module(
            lambda self, x: self.a(x) + Product.apply(self.a(x), self.b.weight), a=nn.Linear(6, 4), b=nn.Linear(4, 4)
        ),
        (6,),
    ),
    "products of constants": (
        module(lambda self, x: self.a(x) + torch.arange(8) * self.a.slopes, a=with_slopes()),
        (8,),
    ),
    **{f"grid_sample {mode}": (sampled(mode), (3, 8, 8)) for mode in WAYS},
}


def differences_of_all() -> dict[str, list[list[str]]]:
    """The differences of each model, at a batch of 1 and of 2."""
    from counters import differences

    return {name: [differences(m.eval(), shape, n) for n in (1, 2)] for name, (m, shape) in MODELS.items()}
