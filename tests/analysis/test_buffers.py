"""Buffers, in elements and bytes, and trained and frozen params: of zoo networks, modules and files."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from command import printed
from small_modules import module
from torch import nn

import costcalc

COLUMNS = ["params", "trainable_params", "frozen_params", "buffers", "buffer_bytes"]


def amounts(model: Any, **options: Any) -> tuple[int, ...]:
    """The totals of COLUMNS, each equal to the sum over the rows by layer and by block."""
    cost = costcalc.cost(model, columns=COLUMNS, **options)
    for breakdown in (cost.by_layer(), cost.by_block()):
        for key in COLUMNS:
            assert sum(row[key].number for row in breakdown.rows) == cost[key].number
    return tuple(cost[key].number for key in COLUMNS)


def test_a_network_of_the_zoo() -> None:
    """4,800 normalised channels: a mean and a variance each, in float32; 20 layers have one int64 count of batches."""
    channels = 64 + 4 * 64 + 5 * 128 + 5 * 256 + 5 * 512
    expected = (11_689_512, 11_689_512, 0, 2 * channels + 20, 4 * 2 * channels + 8 * 20)
    assert amounts("resnet18") == expected
    assert amounts("torchvision:resnet18") == expected


class Int8(nn.Module):
    """A linear layer whose weights are integers in a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("weight", torch.ones(4, 8, dtype=torch.int8))
        self.register_buffer("scale", torch.ones(4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.linear(x, self.weight.to(x.dtype)) * self.scale


def test_weights_in_buffers(tmp_path: Path) -> None:
    """32 bytes of weights and 4·4 of scales. The product reads the 32 weights as float32: 128 bytes."""
    model = nn.Sequential(Int8(), nn.BatchNorm1d(4))
    assert amounts(model, input=(8,), batch=2) == (8, 8, 0, 36 + 9, 32 + 16 + 4 * 8 + 8)
    cost = costcalc.cost(model, input=(8,))
    (note,) = cost.quantity("params").notes(cost.run)
    assert note == "0.linear: products with 128 bytes of buffers or constants, which are not params."


def test_shared_modules_and_buffers_that_nothing_reads() -> None:
    norm = nn.BatchNorm1d(4)
    twice = nn.Sequential(norm, nn.ReLU(), norm)
    assert amounts(twice, input=(4,), batch=2) == (8, 8, 0, 9, 40)
    twice.register_buffer("positions", torch.arange(3))
    assert amounts(twice, input=(4,), batch=2) == (8, 8, 0, 12, 40 + 3 * 8)
    read = module(lambda self, x: self.norm(x) @ self.matrix, norm=norm)
    read.register_buffer("matrix", torch.ones(4, 4, dtype=torch.float64))
    assert amounts(read.double(), input=(4,), batch=2, dtype="float64") == (8, 8, 0, 25, 64 + 8 + 128)


def test_frozen_params() -> None:
    """8·4 + 4 frozen and 4·2 + 2 trained."""
    model = nn.Sequential(nn.Linear(8, 4).requires_grad_(False), nn.Linear(4, 2))
    assert amounts(model, input=(8,)) == (46, 10, 36, 0, 0)


def test_half_precision() -> None:
    model = nn.BatchNorm2d(3).to(torch.bfloat16)
    assert amounts(model, input=(3, 4, 4), dtype="bfloat16") == (6, 6, 0, 7, 2 * 6 + 8)


@pytest.mark.parametrize("model", ["resnet18", "lenet5"])
def test_a_file_keeps_them(model: str, tmp_path: Path) -> None:
    file = str(tmp_path / "network.json")
    printed("export", model, "-o", file)
    assert amounts(file) == amounts(model)


def test_a_file_keeps_dtypes(tmp_path: Path) -> None:
    (tmp_path / "half.py").write_text("from torch import nn\nnet = lambda: nn.BatchNorm1d(3).half()\n")
    file = str(tmp_path / "half.json")
    printed("export", f"{tmp_path}/half.py:net", "--input", "3:float16", "-o", file)
    assert amounts(file)[3:] == (7, 2 * 6 + 8)
    data = json.loads(Path(file).read_text(encoding="utf-8"))
    data["dtypes"]["running_mean"] = "float4"
    Path(file).write_text(json.dumps(data))
    with pytest.raises(costcalc.CostcalcError, match="unknown dtype 'float4' of 'running_mean'; there are bool,"):
        amounts(file)
