"""Ways to take a derivative in a forward pass, of a module `l` that the model holds."""

from collections.abc import Callable
from typing import Any

import torch
from torch import func, nn
from torch.autograd import forward_ad
from torch.utils.checkpoint import checkpoint

Forward = Callable[[Any, torch.Tensor], Any]


def output(self: Any, x: torch.Tensor) -> torch.Tensor:
    made = self.l(x)
    return made[0] if isinstance(made, tuple) else made


def squared(self: Any, x: torch.Tensor) -> torch.Tensor:
    return (output(self, x) ** 2).sum()


# Ways to a derivative


def by_autograd(self: Any, x: torch.Tensor) -> Any:
    return torch.autograd.grad(squared(self, x.requires_grad_()), x)


def by_backward(self: Any, x: torch.Tensor) -> Any:
    squared(self, x.requires_grad_()).backward()
    return x.grad


def of_parameters(self: Any, x: torch.Tensor) -> Any:
    return torch.autograd.grad(squared(self, x), list(self.l.parameters()), allow_unused=True)


def twice(self: Any, x: torch.Tensor) -> Any:
    (first,) = torch.autograd.grad(squared(self, x.requires_grad_()), x, create_graph=True)
    return torch.autograd.grad((first**2).sum(), x)


def by_grad(self: Any, x: torch.Tensor) -> Any:
    return func.grad(lambda t: squared(self, t))(x)


def by_jvp(self: Any, x: torch.Tensor) -> Any:
    return func.jvp(lambda t: output(self, t), (x,), (torch.ones_like(x),))


def by_dual_numbers(self: Any, x: torch.Tensor) -> Any:
    with forward_ad.dual_level():
        return forward_ad.unpack_dual(output(self, forward_ad.make_dual(x, torch.ones_like(x))))


def of_each_sample(self: Any, x: torch.Tensor) -> Any:
    return func.vmap(func.grad(lambda t: squared(self, t.unsqueeze(0))), randomness="different")(x)


def of_checkpoints(self: Any, x: torch.Tensor) -> Any:
    made = checkpoint(lambda t: output(self, t), x.requires_grad_(), use_reentrant=False)
    return torch.autograd.grad(made.sum(), x)


def net() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 1))


def hessian(self: Any, x: torch.Tensor) -> Any:
    return func.hessian(lambda t: self.l(t).sum())(x)


def laplacian(self: Any, x: torch.Tensor) -> Any:
    u = self.l(x.requires_grad_())
    (first,) = torch.autograd.grad(u.sum(), x, create_graph=True)
    return sum(torch.autograd.grad(first[:, i].sum(), x, create_graph=True)[0][:, i] for i in range(6))


def stress(self: Any, x: torch.Tensor) -> Any:
    strain = torch.zeros(6, 6)
    strain.requires_grad_(True)
    energy = self.l(x.requires_grad_() @ (torch.eye(6) + (strain + strain.T) / 2))
    return torch.autograd.grad([energy.sum()], [x, strain], create_graph=True)


def adapted(self: Any, x: torch.Tensor) -> Any:
    weights = dict(self.l.named_parameters())
    for _ in range(2):
        loss = func.functional_call(self.l, weights, (x,)).square().mean()
        steps = torch.autograd.grad(loss, list(weights.values()), create_graph=True)
        weights = {name: w - 0.1 * step for (name, w), step in zip(weights.items(), steps, strict=True)}
    return func.functional_call(self.l, weights, (x,))


def trained(self: Any, x: torch.Tensor) -> Any:
    optimizer = torch.optim.Adam(self.l.parameters())
    for _ in range(2):
        optimizer.zero_grad()
        self.l(x).square().mean().backward()
        optimizer.step()
    return self.l(x)
