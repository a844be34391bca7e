"""Memory of single modules and functions against a real pass on the CPU. An unknown number is never wrong."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint
from torch_modules import MODULES

import costcalc
from costcalc.analysis.quantity import INCOMPLETE
from costcalc.measure.memory import measured_peak, measured_saved


class Scaled(nn.Module):
    """A layer whose input needs a gradient."""

    def __init__(self, layer: Callable[[torch.Tensor], Any]) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))
        self.layer = layer

    def forward(self, x: torch.Tensor) -> Any:
        return self.layer(x * self.scale)


def differences(model: nn.Module, shape: tuple[int, ...], mode: Any) -> list[str]:
    """Where the computed bytes are counted, and not those of the real pass."""
    model, x = model.train(mode == "train"), torch.rand(2, *shape)
    keys = ["peak_memory", "saved_for_backward"]
    cost = costcalc.cost(model, input=shape, batch=2, mode=mode, columns=keys)
    real = measured_peak(model, (x,))[0], measured_saved(model, (x,))
    computed = [cost[key] for key in keys]
    return [
        f"{mode} {key}: {amount.number} / {number}"
        for key, amount, number in zip(keys, computed, real, strict=True)
        if amount.status not in INCOMPLETE and amount.number != number
    ]


SAMPLE = [name for name in MODULES if name.endswith(("2d", "Attention", "Norm", "Dropout", "LayerNorm"))]
SAMPLE += ["TransformerEncoderLayer, norm first", "PReLU", "AdaptiveMaxPool1d", "InstanceNorm2d, affine", "LSTM", "GRU"]


@pytest.mark.parametrize("name", SAMPLE)
def test_modules(name: str) -> None:
    make, shape = MODULES[name]
    found = [line for mode in ("eval", "train") for line in differences(Scaled(make()), shape, mode)]
    assert not found


class Doubled(torch.autograd.Function):
    """It saves what its own code says."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x, x.exp())
        return x * 2

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        return gradient * 2


FUNCTIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "quotient": lambda x: 2 / x + x / (x + 1),
    "power": lambda x: 2**x + x**3 + x**x,
    "in place": lambda x: F.elu((x + 1).mul_(x).clamp_(0).sin_(), inplace=True),
    "where": lambda x: torch.where(x > 0, x, x * 2).lerp(x, x + 1),
    "positions": lambda x: x.max(-1)[0] + x.topk(1)[0].squeeze(-1) + x.sort(-1)[0].amax(-1),
    "statistics": lambda x: x.var(-1) + x.std(-1) + x.logsumexp(-1) + x.cumprod(-1).norm(dim=-1),
    "of a slice": lambda x: x.chunk(2, -1)[0].exp() * F.silu(x[..., 4:]),
    "attention": lambda x: F.scaled_dot_product_attention(x, x, x),
    "zero gradients": lambda x: x.round().sin() + x.floor().exp() + x.sign().cos() + ((x + 1) // 2).sin(),
    "zero gradients in place": lambda x: (x * 1).ge_(0.5).sin() + (x * 1).floor_().cos() + (x * 1).eq_(x).sin(),
    "no gradients": lambda x: (x > 0.5).float().sin() + x.argsort(-1).sin() + x.argmax(-1, True).float().cos() + x,
    "detached": lambda x: x + (x.round() - x).detach() * x.exp() + x.detach().sin(),
    "without grad mode": lambda x: torch.no_grad()(lambda y: y.sin().exp())(x) * x,
    "a function of its own": lambda x: Doubled.apply(x).sin(),
    "checkpointed": lambda x: checkpoint(lambda y: y.sin().exp(), x, use_reentrant=False).cos(),
    "resized": lambda x: F.interpolate(x, scale_factor=2, mode="linear"),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("mode", ["eval", "train"])
def test_functions(name: str, mode: str) -> None:
    assert not differences(Scaled(FUNCTIONS[name]), (4, 8), mode)


class Attention(nn.Module):
    """Self-attention with its settings."""

    def __init__(self, heads: int, need_weights: bool, **settings: Any) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, heads, batch_first=True, **settings)
        self.need_weights = need_weights

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.attention(x, x, x, need_weights=self.need_weights)[0]
        return made


@pytest.mark.parametrize("settings", [{}, {"dropout": 0.1}, {"bias": False}], ids=str)
@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize(("heads", "length"), [(1, 20), (2, 4), (4, 6)])
def test_attention(heads: int, length: int, need_weights: bool, settings: dict[str, Any]) -> None:
    for mode in ("eval", "train"):
        assert not differences(Scaled(Attention(heads, need_weights, **settings)), (length, 8), mode)
