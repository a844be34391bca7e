"""Programs of torch.export: their arguments by name and in order, and the operations that only they have."""

from typing import Any

import pytest
import torch
from small_modules import costs
from torch import nn
from torch._higher_order_ops.associative_scan import associative_scan

import costcalc
from costcalc.convert.from_torch import from_torch

LINEAR = 2 * 8 * 4


def program(example: torch.Tensor) -> Any:
    return torch.export.export(nn.Sequential(nn.Linear(8, 4), nn.ReLU()), (example,))


@pytest.mark.parametrize("input", [torch.randn(2, 8), {"input": torch.randn(2, 8)}, {"input": (8,)}, [(8,)]])
def test_one_argument(input: Any) -> None:
    """The program itself and its module, at two rows: 2·8·4."""
    made = program(torch.randn(2, 8))
    for model in (made, made.module()):
        cost = costcalc.cost(model, input=input, batch=2)
        assert (cost.params, cost.macs, cost.status) == (36, LINEAR, "complete")


class Scaled(nn.Module):
    """Takes a dict and a tensor in order, and a tensor and a number by name."""

    def __init__(self) -> None:
        super().__init__()
        self.l = nn.Linear(8, 4)

    def forward(self, batch: Any, shift: Any, *, weight: Any, scale: float = 1.0) -> Any:
        return self.l(batch["x"] + shift) @ weight * scale


def test_arguments_in_order_and_by_name() -> None:
    """2·8·4, and times a weight of 4·3: 2·4·3. Without an input, at the sizes of the example."""
    batch, shift, weight = {"x": torch.randn(2, 8)}, torch.randn(8), torch.randn(4, 3)
    made = torch.export.export(Scaled(), (batch, shift), {"weight": weight, "scale": 2.0})
    given = {"batch": batch, "shift": shift, "weight": weight, "scale": 2.0}
    for cost in (costcalc.cost(made), costcalc.cost(made.module(), input=given)):
        assert (cost.params, cost.macs, cost.status) == (36, LINEAR + 2 * 4 * 3, "complete")


def test_copies_of_views() -> None:
    """A scan reads a row by `select_copy`, which costs nothing, as a view does."""

    class Sums(nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            return associative_scan(lambda a, b: a + b, x, 0)

    made = torch.export.export(Sums(), (torch.randn(5, 4),))
    assert costs(from_torch(made.module(), torch.randn(5, 4))) == (0, 0, "complete")
    for copy in (
        lambda x: torch.ops.aten.view_copy(x, [4, 2]),
        lambda x: torch.ops.aten.split_copy(x, 2, 1)[0],
        torch.ops.aten.t_copy,
    ):
        model = type("Copy", (nn.Module,), {"forward": lambda self, x, copy=copy: copy(x)})()
        assert costs(from_torch(model, torch.randn(2, 4))) == (0, 0, "complete")
