"""Products and means of tensors that a forward pass makes: in a trace, and in what the dispatcher runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from small_modules import module
from torch import Tensor, nn

from costcalc.conventions import find
from costcalc.convert.from_torch import from_torch
from costcalc.measure.worker import reports_for
from costcalc.spec import Run

LAYER = 2 * 6 * 8 * 8
"""Linear(8, 8) on (2, 6, 8)."""

CASES: dict[str, tuple[Callable[[], Tensor], int]] = {
    "vectors": (lambda: torch.arange(8.0) @ torch.ones(8), 8),
    "mean": (lambda: (torch.arange(8.0) * 0.1).mean(), 8 + 1),
    "means along axes": (lambda: torch.arange(8.0).mean(0, keepdim=True) + torch.ones(8, 8).mean(dim=1), 1 + 8),
    "matmul": (lambda: torch.ones(6, 5) @ torch.ones(5, 8), 6 * 5 * 8),
    "matmul, then a sum": (lambda: torch.matmul(torch.ones(2, 6, 5), torch.ones(5, 8)).sum(0), 2 * 6 * 5 * 8),
    "matmul, then a mean": (lambda: (torch.ones(6, 5) @ torch.ones(5, 8)).mean(), 6 * 5 * 8 + 1),
    "matmul, then a slice": (lambda: (torch.ones(6, 5) @ torch.ones(5, 8))[:1].abs() * 2, 6 * 5 * 8 + 8),
    "two products": (lambda: torch.ones(6, 5) @ torch.ones(5, 3).exp() @ torch.ones(3, 8), 6 * 5 * 3 + 6 * 3 * 8),
}


@pytest.mark.parametrize("name", CASES)
def test_torchprofile(name: str) -> None:
    """It counts products, and each element of elementwise products and means."""
    made, count = CASES[name]
    model = module(lambda self, x: self.layer(x) + made(), layer=nn.Linear(8, 8)).eval()
    run = Run(from_torch(model, (6, 8), 2))
    assert find("torchprofile").total(run) == LAYER + count
    assert reports_for("torchprofile", model, (torch.zeros(2, 6, 8),))[0].total == LAYER + count
    assert find("flopcounter").total(run) == reports_for("flopcounter", model, (torch.zeros(2, 6, 8),))[0].total


def test_the_values_are_kept() -> None:
    """A size that depends on a sum over a product of constants: 3 · 2 ones."""

    def forward(self: nn.Module, x: Tensor) -> Tensor:
        size = int((torch.ones(3, 4) @ torch.full((4, 2), 0.25)).sum() + 0.5)
        return self.layer(x[:, :, :size])

    graph = from_torch(module(forward, layer=nn.Linear(6, 5)), (6, 8))
    assert [node.facts.outputs[0] for node in graph.nodes][-1] == (1, 6, 5)
