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
    "finite": lambda x: (x.masked_fill(x.isnan(), 0) * x.isfinite()).sin(),
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


class Recurrent(nn.Module):
    """A recurrent layer between linear ones."""

    def __init__(self, kind: type[nn.RNNBase], **settings: Any) -> None:
        super().__init__()
        self.before, self.layer = nn.Linear(5, 5), kind(5, 7, **settings)
        width = (settings.get("proj_size") or 7) * (1 + settings.get("bidirectional", False))
        self.after = nn.Linear(width, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.after(self.layer(self.before(x))[0]).sin()
        return made


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize(
    "settings",
    [{}, {"bidirectional": True}, {"num_layers": 3, "dropout": 0.3}, {"num_layers": 2, "bidirectional": True}],
    ids=str,
)
@pytest.mark.parametrize("kind", [nn.GRU, nn.RNN, nn.LSTM])
def test_recurrent(kind: type[nn.RNNBase], settings: dict[str, Any], batch_first: bool) -> None:
    """Saved bytes are known, of an LSTM with a projection: without one oneDNN runs it."""
    more = {"proj_size": 3} if kind is nn.LSTM else {}
    model = Recurrent(kind, batch_first=batch_first, **settings, **more)
    for mode in ("eval", "train"):
        assert not differences(model, (4, 5), mode)
        amount = costcalc.cost(model, input=(4, 5), batch=2, columns=["saved_for_backward"])["saved_for_backward"]
        assert amount.status == "counted"


class States(nn.Module):
    """Calls of recurrent layers whose saved bytes are not known, and layers after each other."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.way, self.a, self.b = way, nn.GRU(5, 7, batch_first=True), nn.GRU(7, 7, batch_first=True)
        self.start = nn.Linear(5, 7)
        if way == "frozen":
            self.a.weight_hh_l0.requires_grad_(False)

    def forward(self, x: torch.Tensor) -> Any:
        if self.way == "given":
            start = self.start(x[:, 0]).tanh()
            return self.a(x, start[None])[0] + start.sin()[:, None]
        if self.way == "packed":
            return self.a(nn.utils.rnn.pack_padded_sequence(x, torch.tensor([4, 3]), batch_first=True))[1]
        return self.b(self.a(x)[0])[0]


@pytest.mark.parametrize("way", ["given", "packed", "frozen", "two"])
def test_recurrent_otherwise(way: str) -> None:
    assert not differences(States(way), (4, 5), "train")


class Products(nn.Module):
    """A product that torch runs as one kernel."""

    def __init__(self, product: Callable[[Any, torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.product, self.scale = product, nn.Parameter(torch.ones(()))
        self.b, self.w = nn.Parameter(torch.rand(6)), nn.Parameter(torch.rand(8, 6))
        self.v, self.c = nn.Parameter(torch.rand(2, 8, 6)), nn.Parameter(torch.rand(3, 8, 8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.product(self, x * self.scale)


KERNELS: dict[str, Callable[[Any, torch.Tensor], torch.Tensor]] = {
    "addmm": lambda m, x: torch.addmm(m.b, x[0], m.w),
    "addmm, of an activation": lambda m, x: torch.addmm(x[0, :, :6], x[1], m.w).sin(),
    "addmm, twice": lambda m, x: torch.addmm(m.b, torch.addmm(m.b, x[0], m.w), m.w[:6]),
    "addmm, without a sum": lambda m, x: torch.addmm(m.b, torch.addmm(m.b, x[0], m.w, beta=0), m.w[:6], beta=0),
    "baddbmm": lambda m, x: torch.baddbmm(m.b, x, m.v, alpha=2),
    "addbmm": lambda m, x: torch.addbmm(m.b, x, m.v),
    "addmv": lambda m, x: torch.addmv(m.b, m.w.t(), x[0, 0]),
    "addmv, twice": lambda m, x: torch.addmv(m.b, m.w[:6].t(), torch.addmv(m.b, m.w.t(), x[0, 0])),
    "bilinear": lambda m, x: F.bilinear(x, x, m.c),
    "bilinear, with a bias": lambda m, x: F.bilinear(x, x * 2, m.c, m.b[:3]).sin(),
    "many distances": lambda m, x: torch.cdist(torch.cat([x] * 10, 1), x),
}  # fmt: skip


@pytest.mark.parametrize("name", KERNELS)
def test_one_kernel(name: str) -> None:
    assert not differences(Products(KERNELS[name]), (4, 8), "eval")
