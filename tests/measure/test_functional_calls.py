"""torch.func.functional_call: modules that the model does not hold, and tools whose trace torch refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

import costcalc
from costcalc.measure.subject import Subject
from costcalc.measure.verify import verify
from costcalc.measure.worker import in_process
from costcalc.spec.request import Request

CODE = """
import torch
from torch import nn
from torch.func import functional_call
class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(8, 8)
    def forward(self, x):
        return functional_call(self.layer, {"weight": self.layer.weight * 2, "bias": self.layer.bias}, (x,))
class NotHeld(Own):
    def __init__(self):
        super().__init__()
        self.others = [nn.Sequential(nn.Linear(8, 8), nn.ReLU())]
    def forward(self, x):
        return functional_call(self.others[0], {"0.weight": self.layer.weight, "0.bias": self.layer.bias}, (x,))
"""


@pytest.mark.parametrize("name", ["Own", "NotHeld"])
def test_every_tool(name: str, tmp_path: Path) -> None:
    (tmp_path / "calls.py").write_text(CODE)
    request = Request(f"{tmp_path}/calls.py:{name}", input=(6, 8))
    tested = Subject(costcalc.graph(request.model, input=(6, 8)), request)
    tools = ("flopcounter", "fvcore", "torchinfo", "torchprofile", "ptflops_aten")
    found = verify(tested, tools=tools, report=in_process)
    assert [check for check in found.checks if not check.equal] == []
    assert [each.tool for each in found.cannot_run] == ["fvcore", "torchprofile"]  # functional_call refuses a trace
    assert {check.computed for check in found.checks if check.quantity == "mult-adds"} >= {2 * 6 * 8 * 8}
