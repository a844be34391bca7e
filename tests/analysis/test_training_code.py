"""Mult-adds of training where the model's own code says what is differentiated, beside what torch dispatches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint, set_checkpoint_early_stop

import costcalc
from costcalc.analysis.training import training
from costcalc.convert.data import from_data, to_data
from costcalc.measure.training import training_step

Net = Callable[[Any, torch.Tensor], Any]


class Layers(nn.Module):
    """Three layers of 16 mult-adds, and the forward pass that a test gives it."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.a, self.b, self.c = (nn.Linear(4, 4) for _ in range(3))
        self.register_buffer("mean", torch.zeros(1, 4))
        self.net = net

    def forward(self, x: torch.Tensor) -> Any:
        return self.net(self, x)


def under(manager: Callable[[], Any], *, last: bool = False) -> Net:
    """The first layer, or the first two, in a context."""

    def net(m: Any, x: torch.Tensor) -> Any:
        with manager():
            x = m.a(x)
            x = m.b(x) if last else x
        return m.c(x.clone() if last else m.b(x))

    return net


def turned_off_and_on(m: Any, x: torch.Tensor) -> Any:
    torch.set_grad_enabled(False)
    x = m.a(x)
    torch.set_grad_enabled(True)
    return m.c(m.b(x))


def gradients_inside_of_none(m: Any, x: torch.Tensor) -> Any:
    with torch.no_grad():
        x = m.a(x)
        with torch.enable_grad():
            x = m.b(x)
    return m.c(x)


def teacher(m: Any, x: torch.Tensor) -> Any:
    """A moving average of a student's weights, without gradients."""
    with torch.no_grad():
        for old, new in zip(m.b.parameters(), m.a.parameters(), strict=True):
            old.data.mul_(0.9).add_(new.data, alpha=0.1)
        target = m.b(x)
    return m.c(m.a(x)), target


def moving_average(m: Any, x: torch.Tensor) -> Any:
    y = m.b(m.a(x))
    with torch.no_grad():
        m.mean.mul_(0.9).add_(y.mean(0, keepdim=True))
    return m.c(m.mean + x)


def clamped(m: Any, x: torch.Tensor) -> Any:
    """In place without gradients: the gradient goes on as if it had not run."""
    y = m.a(x)
    with torch.no_grad():
        y.clamp_(-1, 1)
    return m.c(y)


def two_views(m: Any, x: torch.Tensor) -> Any:
    """As SimSiam (Chen and He 2021): each view predicts the other, whose gradient is stopped."""
    z = m.a(x), m.a(x + 1)
    p = m.b(z[0]), m.b(z[1])
    return F.cosine_similarity(p[0], z[1].detach()) + F.cosine_similarity(p[1], z[0].detach())


def straight_through(m: Any, x: torch.Tensor) -> Any:
    y = m.a(x)
    return m.c(y + (y.round() - y).detach())


def from_here_on(m: Any, x: torch.Tensor) -> Any:
    """The gradient of an intermediate is asked for."""
    return m.c(m.a(x).detach().requires_grad_())


NETS: dict[str, tuple[Net, int]] = {
    "detach": (lambda m, x: m.c(m.b(m.a(x)).detach()), 3 + 1),
    "data": (lambda m, x: m.c(m.b(m.a(x)).data), 3 + 1),
    "views": (lambda m, x: m.c(m.a(x).detach().view(-1, 4).t().t()), 2 + 1),
    "no_grad": (under(torch.no_grad), 3 + 1 + 2),
    "no_grad_twice": (under(torch.no_grad, last=True), 3 + 1),
    "inference_mode": (under(torch.inference_mode, last=True), 3 + 1),
    "inference_mode_off": (under(lambda: torch.inference_mode(False)), 3 + 1 + 2 + 2),
    "set_grad_enabled": (under(lambda: torch.set_grad_enabled(False)), 3 + 1 + 2),
    "set_grad_enabled_on": (under(lambda: torch.set_grad_enabled(True)), 3 + 1 + 2 + 2),
    "decorator": (lambda m, x: m.c(m.b(torch.no_grad()(m.a)(x))), 3 + 1 + 2),
    "function": (turned_off_and_on, 3 + 1 + 2),
    "enable_grad": (gradients_inside_of_none, 3 + 1 + 2),
    "branch": (lambda m, x: m.b(y := m.a(x)) + m.c(y.detach()), 3 + 1 + 2 + 1),
    "gate": (lambda m, x: m.b(y := m.a(x)).detach() * m.c(y), 3 + 1 + 2),
    "output": (lambda m, x: (m.a(x).detach(), m.b(x)), 2 + 1),
    "weight": (lambda m, x: F.linear(m.a(x), m.b.weight.detach()), 2 + 1 + 1),
    "transposed_weight": (lambda m, x: F.linear(m.a(x), m.a.weight.detach().t()), 2 + 1 + 1),
    "shared": (lambda m, x: m.c(m.a(m.a(x))), 3 + 1 + 2 + 2),
    "teacher": (teacher, 3 + 1 + 2),
    "moving_average": (moving_average, 3 + 1),
    "clamped": (clamped, 2 + 1 + 2),
    "two_views": (two_views, 4 + 2 + 4),
    "straight_through": (straight_through, 2 + 1 + 2),
    "asked": (from_here_on, 2 + 2),
    "mask": (lambda m, x: m.c((m.a(x) > 0).float() * x), 2 + 1),
    "ones": (lambda m, x: m.c(torch.ones_like(m.a(x)) * x), 2 + 1),
}
"""Forward passes, and their products of 16 mult-adds: of the forward pass, then of the backward pass of each layer."""


def counted(model: nn.Module, shape: tuple[int, ...] = (4,)) -> tuple[int, str]:
    amount = costcalc.cost(model, shape, columns=["train_mult_adds"], mode="train")["train_mult_adds"]
    return amount.number, amount.status


@pytest.mark.parametrize("name", NETS)
def test_what_is_not_differentiated(name: str) -> None:
    net, products = NETS[name]
    assert training_step(Layers(net), (torch.zeros(1, 4),)).dispatched == 16 * products
    assert counted(Layers(net)) == (16 * products, "counted")


@pytest.mark.parametrize("name", NETS)
def test_a_file_keeps_it(name: str) -> None:
    graph = costcalc.graph(Layers(NETS[name][0]), input=(4,), mode="train")
    again = from_data(to_data(graph))
    assert [*training(again).values()] == [*training(graph).values()]


def test_the_grad_mode_of_the_caller_does_not_matter() -> None:
    with torch.no_grad():
        assert counted(Layers(lambda m, x: m.c(m.a(x)))) == (16 * (2 + 1 + 2), "counted")
    assert torch.is_grad_enabled()


def test_attention_to_a_detached_memory() -> None:
    """Keys and values of another tensor: their projections have views of one weight."""

    class Attends(nn.Module):
        def __init__(self, *, stop: bool) -> None:
            super().__init__()
            self.a, self.m, self.stop = nn.Linear(4, 8), nn.MultiheadAttention(8, 2, batch_first=True), stop

        def forward(self, x: torch.Tensor) -> Any:
            y = self.a(x)
            memory = y.detach() if self.stop else y + 1
            return self.m(y, memory, memory)[0]

    for stop in (False, True):
        dispatched = training_step(Attends(stop=stop), (torch.zeros(1, 3, 4),)).dispatched
        assert counted(Attends(stop=stop), (3, 4)) == (dispatched, "counted")


@pytest.mark.parametrize("reentrant", [False, True])
@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("last", [nn.ReLU(), nn.Identity()])
def test_a_call_that_is_checkpointed(reentrant: bool, early: bool, last: nn.Module) -> None:
    """torch stops early after the last tensor that is saved: before the product of a last linear layer."""

    class Again(Layers):
        def forward(self, x: torch.Tensor) -> Any:
            def inner(x: torch.Tensor) -> torch.Tensor:
                y: torch.Tensor = last(self.c(self.b(x)))
                return y

            return checkpoint(inner, self.a(x), use_reentrant=reentrant)

    model = Again(lambda m, x: x)
    with set_checkpoint_early_stop(early):
        dispatched = training_step(model, (torch.zeros(1, 4),)).dispatched
        stops = early and not reentrant and isinstance(last, nn.Identity)
        assert dispatched == 16 * (3 + 1 + 2 + 2 + (1 if stops else 2))
        assert counted(model) == (dispatched, "counted")


class Product(torch.autograd.Function):
    """A product whose gradients are the user's own code."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x, weight)
        return x @ weight.t()

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> Any:
        x, weight = ctx.saved_tensors
        return grad @ weight, grad.t() @ x


def derived(m: Any, x: torch.Tensor) -> Any:
    """A derivative that is trained itself, as in physics-informed networks."""
    x = x.requires_grad_()
    return torch.autograd.grad(m.c(m.b(m.a(x)).tanh()).sum(), x, create_graph=True)[0]


@pytest.mark.parametrize("net", [lambda m, x: m.c(Product.apply(m.a(x), m.b.weight)), derived])
def test_gradients_without_a_rule_make_a_lower_bound(net: Net) -> None:
    """Those of an autograd.Function, and second derivatives."""
    number, status = counted(Layers(net))
    assert status == "lower bound"
    assert 16 * 4 < number < training_step(Layers(net), (torch.zeros(1, 4),)).dispatched


def test_a_derivative_that_is_not_trained() -> None:
    """Forces of a fixed potential: three layers, and the gradients of their inputs."""

    def net(m: Any, x: torch.Tensor) -> Any:
        x = x.requires_grad_()
        return torch.autograd.grad(m.c(m.b(m.a(x)).tanh()).sum(), x)[0]

    dispatched = training_step(Layers(net), (torch.zeros(1, 4),)).dispatched
    assert counted(Layers(net)) == (dispatched, "counted") == (16 * 6, "counted")
