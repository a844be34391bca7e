"""Models that compute with tensors which depend on no input and no parameter, and pools without a batch axis."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import torch
import torch.nn.functional as F
from counters import differences
from small_modules import module
from torch import Tensor, nn


def with_buffers(made: Any, **parts: nn.Module) -> nn.Module:
    """``layer(x) + made(self)``: Linear(8, 8), and buffers b (6, 8), w (8, 8) and image (1, 3, 8, 8)."""
    model = module(lambda self, x: self.layer(x) + made(self), layer=nn.Linear(8, 8), **parts)
    for name, shape in {"b": (6, 8), "w": (8, 8), "image": (1, 3, 8, 8)}.items():
        model.register_buffer(name, torch.ones(shape))
    return model


def several(*functions: Any) -> Any:
    return lambda self: sum(function(self) for function in functions)


def not_needed(self: Any) -> Any:
    self.b.mul(2)
    F.softmax(self.b, -1)
    return 1


def a_size_of_values(self: Any) -> Any:
    return int((self.b * 2).sum())


def in_a_child(self: Any) -> Any:
    return self.child(self.b.new_ones(1, 6, 8))[0]


CONSTANTS: dict[str, Any] = {
    "mul of a buffer": lambda self: self.b.mul(2),
    "torch.mul and torch.add": lambda self: torch.mul(self.b, self.w[0]) + torch.add(self.b, 1) + self.b.add(self.b),
    "in place": lambda self: torch.ones(6, 8).mul_(2).add_(1),
    "out=": lambda self: torch.mul(self.b, 2, out=torch.empty(6, 8)),
    "layer_norm": lambda self: F.layer_norm(torch.ones(6, 8), (8,)),
    "layer_norm, affine": lambda self: F.layer_norm(self.b, (8,), torch.ones(8), torch.ones(8)),
    "batch_norm": lambda self: F.batch_norm(self.b, torch.zeros(8), torch.ones(8)),
    "other norms": several(
        lambda self: F.group_norm(self.image, 3)[0, 0, :6],
        lambda self: F.instance_norm(self.image)[0, 0, :6],
        lambda self: F.local_response_norm(self.image, 3)[0, 0, :6],
        lambda self: F.normalize(self.b) + F.rms_norm(self.b, (8,)),
    ),
    "softmax": lambda self: F.softmax(self.b, -1),
    "means": lambda self: self.b.mean(0) + self.b.mean(),
    "activations": several(
        *(lambda self, f=f: f(self.b) for f in (F.relu, F.gelu, F.silu, F.elu, F.leaky_relu, F.relu6, F.hardtanh)),
        lambda self: F.prelu(self.b, torch.ones(1)) + torch.relu(self.b) + self.b.sigmoid(),
    ),
    "pools": several(
        lambda self: F.avg_pool2d(self.image, 2).sum() + F.max_pool2d(self.image, 2).sum(),
        lambda self: F.adaptive_avg_pool2d(self.image, 2).sum() + F.adaptive_max_pool2d(self.image, 1).sum(),
        lambda self: F.avg_pool1d(self.b, 2).sum() + F.adaptive_avg_pool1d(self.b, 2).sum(),
    ),
    "interpolate": lambda self: F.interpolate(self.image, size=(6, 8))[0, 0],
    "interpolate, bilinear": lambda self: F.interpolate(self.image, size=(6, 8), mode="bilinear")[0, 0],
    "grid_sample": lambda self: F.grid_sample(self.image, torch.zeros(1, 6, 8, 2))[0, 0],
    "products": lambda self: (self.b @ self.w) * 2 + F.linear(self.b, self.w).relu() + torch.mm(self.b, self.w),
    "not needed by an output": not_needed,
    "read by Python alone": a_size_of_values,
}  # fmt: skip
"""What is added to a layer's output, computed from constants alone."""

MODULES = (nn.ReLU, nn.ELU, nn.SiLU, lambda: nn.Softmax(-1), lambda: nn.LayerNorm(8, elementwise_affine=False))

POOLS = {
    "AvgPool": "avg_pool",
    "MaxPool": "max_pool",
    "AdaptiveAvgPool": "adaptive_avg_pool",
    "AdaptiveMaxPool": "adaptive_max_pool",
}
"""Classes -> functions, both without the number of axes."""


def said_of_constants() -> dict[str, list[str]]:
    """The differences of each model, and of modules on constants, in the model and in a child of it."""
    models = {name: with_buffers(made) for name, made in CONSTANTS.items()}
    models["modules"] = with_buffers(
        lambda self: sum(each(self.b) for each in self.several), several=nn.ModuleList(make() for make in MODULES)
    )
    models["in a child"] = with_buffers(in_a_child, child=with_buffers(lambda self: F.softmax(self.b, -1)))
    return {name: differences(model.eval(), (6, 8)) for name, model in models.items()}


def said_of_pools() -> dict[str, list[str]]:
    """The differences of each pool, as a module and as a function, of an input without a batch axis."""
    found = {}
    for kind, axes in product(POOLS, (1, 2, 3)):
        pools = {"module": getattr(nn, f"{kind}{axes}d")(2), "function": _pooling(f"{POOLS[kind]}{axes}d")}
        for way, pool in pools.items():
            model = module(lambda self, x: self.pool(self.layer(x)[0]), layer=nn.Linear(8, 8), pool=pool)
            found[f"{kind}{axes}d, {way}"] = differences(model.eval(), (3, *(4, 6, 8)[-axes:]))
    return found


def _pooling(name: str) -> Callable[[Tensor], Tensor]:
    return lambda x: getattr(F, name)(x, 2)
