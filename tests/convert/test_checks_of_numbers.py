"""Checks and texts of numbers that a forward pass computes: they cost nothing, and are those of finite numbers."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
import torch
from small_modules import costs, module
from torch import nn

from costcalc.convert.from_torch import from_torch
from costcalc.spec import CostcalcError


def asserted(self: Any, x: torch.Tensor) -> Any:
    assert not torch.isnan(x).any()
    torch._assert((x.abs() < 1e6).all(), "too large")
    return self.l(x)


def clamped(self: Any, x: torch.Tensor) -> Any:
    if torch.isinf(x).any():
        x = self.other(x)
    return self.l(x)


def raised(self: Any, x: torch.Tensor) -> Any:
    if not x.isfinite().all() or torch.isnan(x).sum().item() > 0:
        raise ValueError("not finite")
    return self.l(torch.where(torch.isnan(x), torch.zeros_like(x), x))


def masked(self: Any, x: torch.Tensor) -> Any:
    return self.l(x[~torch.isnan(x).any(-1)])


def logged(self: Any, x: torch.Tensor) -> Any:
    logging.getLogger(__name__).info(f"mean {x.mean():.3f} of {len(x):>5}, {x.std()}")
    return self.l(x)


@pytest.mark.parametrize("forward", [asserted, clamped, raised, masked, logged])
@pytest.mark.parametrize("mode", ["eval", "train"])
def test_finite_numbers(forward: Callable[..., Any], mode: Any) -> None:
    """Linear(8, 4) on five rows; the other layer has params only."""
    made = module(forward, l=nn.Linear(8, 4), other=nn.Linear(8, 8))
    assert costs(from_torch(made, (5, 8), mode=mode)) == (36 + 72, 5 * 32, "complete")


def test_gradients_of_finite_numbers() -> None:
    """Forward 32 mult-adds, and as many for the gradient of the input."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        with torch.enable_grad():
            x = x.requires_grad_()
            made = self.l(x)
            assert not torch.isnan(made).any()
            return torch.autograd.grad(made.sum(), x)

    assert costs(from_torch(module(forward, l=nn.Linear(8, 4)), (8,))) == (36, 64, "complete")


def test_other_questions_are_not_guessed() -> None:
    for ask in (torch.equal, lambda a, b: bool((a > b).any())):
        made = module(lambda self, x, ask=ask: self.l(x) if ask(x, x * 2) else x, l=nn.Linear(8, 8))
        with pytest.raises(CostcalcError, match="does not run"):
            from_torch(made, (8,))


def test_modules_of_reference() -> None:
    """Quantized layers of reference round weights of floats, which are params, and use the layers of floats."""
    from torch.ao.nn.quantized import reference

    assert costs(from_torch(reference.Linear(8, 4), (8,))) == (36, 32, "complete")
    assert costs(from_torch(reference.Conv2d(3, 4, 3), (3, 8, 8))) == (112, 36 * 4 * 27, "complete")
