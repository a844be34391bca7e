"""`verify` of models whose forward pass takes derivatives: the real FlopCounterMode agrees, and others are notes."""

from pathlib import Path

import pytest
from command import run

CODE = """
import torch
from torch import nn


class Forces(nn.Module):
    def __init__(self):
        super().__init__()
        self.energy = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 1))

    def forward(self, positions):
        positions.requires_grad_()
        energy = self.energy(positions)
        return energy, -torch.autograd.grad(energy.sum(), positions, create_graph=True)[0]


class EachSample(Forces):
    def forward(self, positions):
        return torch.func.vmap(torch.func.grad(lambda t: self.energy(t).sum()))(positions)
"""


@pytest.mark.parametrize("name", ["Forces", "EachSample"])
def test_verify(name: str, tmp_path: Path) -> None:
    """35 forward and as many for the gradient of the input, for each of 3; each is 2 FLOPs. torchinfo allows none."""
    (tmp_path / "forces.py").write_text(CODE)
    tools = ["--tools", "flopcounter", "--tools", "torchinfo"]
    done = run("verify", f"{tmp_path}/forces.py:{name}", "--input", "6", "--batch", "3", *tools)
    assert done.code == 0, done
    lines = done.out.splitlines()
    assert ["flopcounter", "mult-adds", "420", "420", "equal"] in [line.split() for line in lines]
    assert any(line.startswith("torchinfo: fails, and has no prediction: ") for line in lines) == (name == "Forces")
