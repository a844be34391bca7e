"""In-place writes of a forward pass into buffers and inputs: a trace keeps them, though no output needs them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from small_modules import module
from torch import nn

from costcalc.conventions import find
from costcalc.convert.data import from_data, to_data
from costcalc.convert.from_torch import from_torch
from costcalc.measure.worker import reports_for
from costcalc.spec import Run

LAYER = 6 * 8 * 8
"""Linear(8, 8) on (6, 8)."""


def moving_mean(self: Any, x: torch.Tensor, y: torch.Tensor) -> None:
    self.e.mul_(0.9).add_(y.mean(0) * 0.1)  # 8 elements each: the write into e, the mean, and its product


def copied(self: Any, x: torch.Tensor, y: torch.Tensor) -> None:
    self.e.copy_(y.mean(0) * 2)


def a_slice(self: Any, x: torch.Tensor, y: torch.Tensor) -> None:
    self.e[2:].mul_(2).add_(y[0, 2:] * 2)  # 6 elements each


def an_index(self: Any, x: torch.Tensor, y: torch.Tensor) -> None:
    self.e[:4] = y[0, :4] * 2


def the_input(self: Any, x: torch.Tensor, y: torch.Tensor) -> None:
    x.mul_(2)


def a_new_tensor(self: Any, x: torch.Tensor, y: torch.Tensor) -> None:
    torch.zeros(8).add_(y.mean(0) * 2)


def replaced(self: Any, x: torch.Tensor, y: torch.Tensor) -> None:
    self.e = y.mean(0) * 2


CASES = [
    (moving_mean, 24), (copied, 16), (a_slice, 12), (an_index, 4), (the_input, 48), (a_new_tensor, 0), (replaced, 0),
]  # fmt: skip


@pytest.mark.parametrize(("write", "count"), CASES)
def test_torchprofile(write: Any, count: int) -> None:
    def forward(self: Any, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.layer(x)
        write(self, x, y)
        return y

    model = module(forward, layer=nn.Linear(8, 8)).eval()
    model.register_buffer("e", torch.zeros(8))
    graph = from_torch(model, (6, 8), batch=None)
    again = from_data(json.loads(json.dumps(to_data(graph))))
    assert [find("torchprofile").total(Run(each)) for each in (graph, again)] == [LAYER + count] * 2
    assert reports_for("torchprofile", model, (torch.zeros(6, 8),))[0].total == LAYER + count
