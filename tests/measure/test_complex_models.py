"""Complex weights and inputs, and other dtypes: torchinfo's bytes, convolutions as torch runs them, and the remark."""

from __future__ import annotations

import json

import pytest
import torch
from small_modules import module
from torch import nn

from costcalc import cost
from costcalc.conventions import find
from costcalc.convert.data import from_data, to_data
from costcalc.convert.from_torch import from_torch
from costcalc.convert.to_torch import zeros
from costcalc.convert.torch_reader.complex_products import CONVOLUTION, ONE
from costcalc.measure.worker import reports_for
from costcalc.spec import CostcalcError, Graph, Run

COMPLEX, DOUBLE = torch.complex64, torch.complex128


def cast(layer: nn.Module, dtype: torch.dtype) -> nn.Module:
    return module(lambda self, x: self.layer(x.to(dtype)).abs(), layer=layer)


def mixed() -> nn.Module:
    layers = {"a": nn.Linear(8, 2, dtype=DOUBLE), "b": nn.Linear(2, 3, dtype=torch.float64)}
    return module(lambda self, x: self.b(self.a(x.to(DOUBLE)).abs()), **layers)


MODELS = {
    "linear": cast(nn.Linear(8, 2, dtype=COMPLEX), COMPLEX),
    "convolution": cast(nn.Conv1d(6, 2, 3, dtype=COMPLEX), COMPLEX),
    "transposed": cast(nn.ConvTranspose1d(6, 2, 3, bias=False, dtype=COMPLEX), COMPLEX),
    "mixed": mixed(),
    "bfloat16": nn.Linear(8, 2, dtype=torch.bfloat16),
    "float32": nn.Linear(8, 2),
}


def read(model: nn.Module) -> Graph:
    return from_data(json.loads(json.dumps(to_data(from_torch(model.eval(), (6, 8), 2)))))


@pytest.mark.parametrize("tool", ["torchinfo", "flopcounter", "fvcore", "ptflops_aten"])
@pytest.mark.parametrize("name", MODELS)
def test_every_tool(name: str, tool: str) -> None:
    graph, convention = read(MODELS[name]), find(tool)
    said = reports_for(tool, MODELS[name], zeros(graph, dtype=None))[0]
    assert convention.total(Run(graph)) == said.total
    if tool == "torchinfo":
        assert convention.memory(Run(graph)) == said.memory


def test_by_hand() -> None:
    """(2, 6, 8) float32 are 384 bytes; 18 complex params of 8 bytes; outputs (2, 6, 2) of 8 bytes, counted twice."""
    lines = find("torchinfo").memory(Run(read(MODELS["linear"])))
    assert lines == {"input": 384, "forward/backward": 2 * 24 * 8, "params": 18 * 8, "total": 384 + 384 + 144}
    convolution = Run(read(MODELS["convolution"]))  # 6·3 mult-adds at 2·2·6 places
    assert find("flopcounter").total(convolution) == 2 * 3 * 18 * 24
    assert find("ptflops_aten").total(convolution) == 3 * 18 * 24 + 2 * 24


def test_a_complex_input() -> None:
    graph = from_data(to_data(from_torch(nn.Linear(8, 2, dtype=COMPLEX), (6, 8), 2, dtype=COMPLEX)))
    (x,) = zeros(graph)
    assert x.dtype == COMPLEX
    assert find("torchinfo").memory(Run(graph))["input"] == 96 * 8
    ids = from_data(to_data(from_torch(nn.Embedding(9, 2), (6,), 2, dtype=torch.int32)))
    assert [t.dtype for t in zeros(ids)] == [torch.int64]
    data = to_data(graph)
    for wrong in ("int64", "float", 3, None):
        data["inputs"][0]["dtype"] = wrong
        with pytest.raises(CostcalcError, match="an input's dtype is one of float8_e4m3fn, "):
            from_data(data)


@pytest.mark.parametrize(("name", "said"), [("linear", [ONE]), ("convolution", [ONE, CONVOLUTION]), ("float32", [])])
def test_the_remark(name: str, said: list[str]) -> None:
    made = cost(MODELS[name], input=(6, 8))
    assert made.graph.note == " ".join(said)


@pytest.mark.parametrize(
    "forward",
    [
        lambda self, x: torch.einsum("bij,jk->bik", x.to(COMPLEX), self.weight),
        lambda self, x: torch.fft.rfft(x, n=14) @ self.weight,
        lambda self, x: (x + 0j).matmul(self.weight).real,
    ],
)
def test_the_remark_on_products(forward: object) -> None:
    assert cost(module(forward, weight=nn.Parameter(torch.zeros(8, 3, dtype=COMPLEX))), input=(6, 8)).graph.note == ONE
