"""Forward passes that take derivatives: mult-adds are those that torch dispatches on the CPU."""

import copy
from typing import Any

import pytest
import torch
from derivative_ways import (
    Forward,
    adapted,
    by_autograd,
    by_backward,
    by_grad,
    by_jvp,
    hessian,
    laplacian,
    net,
    squared,
    stress,
    trained,
    twice,
)
from dispatched import dispatched
from small_modules import costs, module
from torch import func, nn
from torch.autograd import functional
from torch.utils.checkpoint import checkpoint

from costcalc.analysis.cost import Cost
from costcalc.convert.from_torch import from_torch

LINEAR: dict[str, tuple[Forward, int]] = {
    "grad": (by_grad, 16 + 16),  # forward, and the gradient of the input
    "jacrev": (lambda self, x: func.jacrev(self.l)(x), 16 + 16),
    "vjp": (lambda self, x: func.vjp(self.l, x)[1](torch.ones(1, 1)), 16 + 16),
    "grad_and_value": (lambda self, x: func.grad_and_value(lambda t: squared(self, t))(x), 16 + 16),
    "autograd.grad": (by_autograd, 16 + 16),
    "backward": (by_backward, 16 + 16 + 16),  # and the gradient of the weight
    "jvp": (by_jvp, 16 + 16 + 16),  # the products of the tangents of both, that of the weight zeros
    "jacfwd": (lambda self, x: func.jacfwd(self.l)(x), 16 + 16 + 16 * 16),  # a tangent for each of 16 inputs
    "twice": (twice, 16 + 16 + 16 + 16),  # the gradient of a gradient: of its product with the weight, of the square
}


@pytest.mark.parametrize("way", LINEAR)
def test_of_a_linear_layer(way: str) -> None:
    forward, expected = LINEAR[way]
    model = module(forward, l=nn.Linear(16, 1, bias=False))
    graph = from_torch(model, (16,))
    assert costs(graph) == (16, expected, "complete")
    assert dispatched(model, torch.randn(1, 16)) == expected


class Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any, w: Any) -> Any:
        ctx.save_for_backward(x, w)
        return x @ w.t()

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        x, w = ctx.saved_tensors
        return grad @ w, grad.t() @ x


def by_a_function(self: Any, x: torch.Tensor) -> Any:
    w = self.l[0].weight
    return torch.autograd.grad(Product.apply(x.requires_grad_(), w).sum(), [x, w])


def hooked(self: Any, x: torch.Tensor) -> Any:
    hidden = self.l[0](x.requires_grad_())
    hidden.register_hook(lambda grad: grad @ torch.eye(5) * self.l[2].weight)
    return torch.autograd.grad(self.l[2](hidden).sum(), x)


def of_stacked_models(self: Any, x: torch.Tensor) -> Any:
    stacked, buffers = func.stack_module_state([self.l, self.other])

    def energy(p: Any, b: Any, t: Any) -> Any:
        return func.functional_call(self.l, (p, b), (t,)).sum()

    return func.vmap(func.grad(energy), (0, 0, None))(stacked, buffers, x)


MORE: dict[str, Forward] = {
    "hessian": hessian,
    "hessian, each sample": lambda self, x: func.vmap(func.hessian(lambda t: self.l(t).sum()))(x),
    "jacrev of jacrev": lambda self, x: func.jacrev(func.jacrev(lambda t: self.l(t).sum()))(x),
    "jvp of jvp": lambda self, x: func.jvp(lambda t: func.jvp(self.l, (t,), (x,))[1], (x,), (x,)),
    "linearize": lambda self, x: func.linearize(self.l, x)[1](torch.ones(3, 6)),
    "functional.jacobian": lambda self, x: functional.jacobian(self.l, x),
    "functional.jacobian, forward": lambda self, x: functional.jacobian(
        self.l, x, vectorize=True, strategy="forward-mode"
    ),
    "functional.hessian": lambda self, x: functional.hessian(lambda t: self.l(t).sum(), x),
    "functional.hvp": lambda self, x: functional.hvp(lambda t: self.l(t).sum(), x, torch.ones(3, 6)),
    "functional.vhp": lambda self, x: functional.vhp(lambda t: self.l(t).sum(), x, torch.ones(3, 6)),
    "functional.vjp": lambda self, x: functional.vjp(self.l, x, torch.ones(3, 1)),
    "functional.jvp": lambda self, x: functional.jvp(self.l, x, torch.ones_like(x)),
    "batched gradients": lambda self, x: torch.autograd.grad(
        self.l(x.requires_grad_())[:, 0], x, torch.eye(3), is_grads_batched=True
    ),
    "laplacian": laplacian,
    "stress": stress,
    "adapted": adapted,
    "trained": trained,
    "a function of its own": by_a_function,
    "a hook": hooked,
    "stacked models": of_stacked_models,
    "of a constant": lambda self, x: func.grad(lambda t: self.l(x + t).sum())(torch.zeros(6)),
    "checkpoint, reentrant": lambda self, x: (
        checkpoint(self.l, x.requires_grad_(), use_reentrant=True).sum().backward()
    ),
}


@pytest.mark.parametrize("way", MORE)
def test_more_ways(way: str) -> None:
    model = module(MORE[way], l=net(), other=net())
    macs = Cost(from_torch(model, (6,), batch=3))
    assert (macs.macs, macs.status) == (dispatched(copy.deepcopy(model), torch.randn(3, 6)), "complete")
