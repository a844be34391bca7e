"""Lazy modules that are made by name: their parameters get their shapes from the input that is asked for."""

from pathlib import Path
from typing import Any

import pytest

import costcalc

SOURCE = """
import torch
from torch import nn


def net():
    return nn.Sequential(nn.LazyConv2d(8, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(10))


class Shifted(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("shift", torch.tensor(2))
        self.fc = nn.LazyLinear(4, bias=False)

    def forward(self, x):
        return self.fc(x[:, : int(self.shift) + 1])


class Odd(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = float(torch.rand(1).item() > 2) + 1  # reads a value: not to be made on the meta device
        self.fc = nn.LazyLinear(4)

    def forward(self, x):
        return self.fc(x) * self.scale
"""


# 3·8·9 + 8, 2·8 of the norm, and 8 of 30·30 positions by 10 + 10; 30·30·8·27 + 7200·10
@pytest.mark.parametrize(
    ("name", "input", "params", "macs"),
    [
        ("net", (3, 32, 32), 224 + 16 + 72_010, 30 * 30 * 8 * 27 + 72_000),
        ("net", (1, 8, 8), 80 + 16 + 8 * 36 * 10 + 10, 36 * 8 * 9 + 8 * 36 * 10),
        ("Shifted", (7,), 12, 12),
        ("Odd", (7,), 7 * 4 + 4, 28),
    ],
)
def test_a_lazy_module_by_name(name: str, input: tuple[int, ...], params: int, macs: int, tmp_path: Path) -> None:
    (tmp_path / "lazy.py").write_text(SOURCE)
    cost = costcalc.cost(f"{tmp_path}/lazy.py:{name}", input=input)
    assert (cost.params, cost.macs, cost.status) == (params, macs, "complete")


def test_it_is_verified(tmp_path: Path) -> None:
    (tmp_path / "lazy.py").write_text(SOURCE)
    report = costcalc.verify(f"{tmp_path}/lazy.py:net", input=(3, 8, 8), tools=["flopcounter"], device="cpu")
    assert report.ok


def test_a_lazy_module_whose_pass_reads_a_small_buffer(tmp_path: Path) -> None:
    """As an object, which keeps being lazy."""
    scope: dict[str, Any] = {}
    exec(SOURCE, scope)
    module = scope["Shifted"]()
    assert costcalc.cost(module, input=(7,)).macs == 12
    assert type(module.fc.weight).__name__ == "UninitializedParameter"
