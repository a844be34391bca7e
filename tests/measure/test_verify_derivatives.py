"""`verify` of models whose forward pass takes derivatives: the real FlopCounterMode agrees, and others are notes."""

from pathlib import Path

import pytest

from costcalc.convert.from_torch import from_torch
from costcalc.convert.sources import load
from costcalc.measure import worker
from costcalc.measure.subject import Subject
from costcalc.measure.verify import verify

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


@pytest.mark.parametrize(("name", "failing"), [("Forces", ["torchinfo"]), ("EachSample", [])])
def test_verify(name: str, failing: list[str], tmp_path: Path) -> None:
    """35 forward and as many for the gradient of the input, for each of 3, and twice that in FLOPs."""
    (tmp_path / "forces.py").write_text(CODE)
    source = f"{tmp_path}/forces.py:{name}"
    graph = from_torch(load(source)[0], (6,), batch=3, name=source, mode="eval")
    verdict = verify(Subject(graph, source, (6,)), tools=["flopcounter", "torchinfo"], report=worker.in_process)
    assert verdict.mult_adds == 2 * 3 * 35
    assert all(check.equal for check in verdict.checks)
    totals = {check.tool: check.reported for check in verdict.checks if check.quantity == "mult-adds"}
    assert totals["flopcounter"] == 2 * 2 * 3 * 35
    assert [note.partition(": fails, and is not predicted: ")[0] for note in verdict.notes] == failing
