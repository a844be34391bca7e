"""Models that torch.compile has compiled: their cost, and what tools are given, is that of the model under them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from small_modules import module
from torch import nn

import costcalc
from costcalc.convert.compiled import SWITCH
from costcalc.convert.from_torch import from_torch
from costcalc.measure.subject import Subject
from costcalc.measure.verify import verify
from costcalc.measure.worker import in_process
from costcalc.spec.request import Request

MACS = 8 * 4 + 4 * 2
"""Of Linear(8, 4) and Linear(4, 2), for one input."""


def net() -> nn.Module:
    return nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 2))


def compiled_in_place() -> nn.Module:
    model = net()
    model.compile()
    return model


def of_compiled_parts() -> nn.Module:
    return nn.Sequential(torch.compile(nn.Linear(8, 4)), nn.ReLU(), torch.compile(nn.Linear(4, 2)))


MODELS: dict[str, Callable[[], nn.Module]] = {
    "compiled": lambda: torch.compile(net()),
    "compiled in place": compiled_in_place,
    "of compiled parts": of_compiled_parts,
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("batch", [1, 2])
def test_the_model_under_it_is_read(name: str, batch: int) -> None:
    model = MODELS[name]()
    before = list(model.state_dict())
    graph = from_torch(model, (8,), batch)
    assert costcalc.Cost(graph).macs == batch * MACS
    assert [node.name for node in graph.nodes] == ["0", "1", "2"]
    assert list(graph.weights) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert graph.name == "Sequential"
    assert "Compiled modules are read as the modules under them." in graph.note
    assert list(model.state_dict()) == before
    assert SWITCH not in os.environ


def test_a_compiled_function() -> None:
    model = module(lambda self, x: torch.compile(torch.relu)(self.layer(x)), layer=nn.Linear(8, 4))
    assert costcalc.Cost(from_torch(model, (8,))).macs == 8 * 4


CODE = """
import torch
from torch import nn
def root(): return torch.compile(nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 2)))
def child(): return nn.Sequential(torch.compile(nn.Linear(8, 4)), nn.ReLU(), nn.Linear(4, 2))
@torch.compile
def activation(x): return torch.relu(x)
class Function(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(8, 4), nn.Linear(4, 2)
    def forward(self, x): return self.b(activation(self.a(x)))
"""


@pytest.mark.parametrize("name", ["root", "child", "Function"])
def test_tools_are_given_the_model_under_it(name: str, tmp_path: Path) -> None:
    (tmp_path / "compiled_models.py").write_text(CODE)
    request = Request(f"{tmp_path}/compiled_models.py:{name}", input=(8,), batch=2)
    tested = Subject(costcalc.graph(request.model, input=(8,), batch=2), request)
    tools = ("fvcore", "torchinfo", "flopcounter", "torchprofile", "ptflops_aten", "thop")
    verification = verify(tested, tools=tools, report=in_process)
    assert [check for check in verification.checks if not check.equal] == []
    assert not verification.cannot_run
    assert {check.computed for check in verification.checks if check.tool == "fvcore"} >= {2 * MACS}
