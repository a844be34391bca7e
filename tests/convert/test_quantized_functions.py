"""Quantized recurrent layers, embeddings, norms and functions, and packed weights, which count as buffers."""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
import torchvision
from small_modules import costs
from torch import nn

import costcalc
from costcalc.analysis.cost import Cost
from costcalc.convert.from_torch import from_torch
from costcalc.measure.subject import Subject
from costcalc.measure.verify import verify
from costcalc.spec.request import Request

ao = torch.ao.quantization


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class First(nn.Module):
    """A recurrent layer without its states."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.layer(x)[0]
        return made


@pytest.mark.parametrize(
    ("make", "directions", "gates"),
    [
        (lambda: nn.LSTM(8, 16), 1, 4),
        (lambda: nn.LSTM(8, 16, bidirectional=True, batch_first=True), 2, 4),
        (lambda: nn.GRU(8, 16), 1, 3),
    ],
)
def test_recurrent_layers(make: Callable[[], nn.Module], directions: int, gates: int) -> None:
    """Per direction and gate 8·16 + 16·16 weights, of a byte, and two biases of 16 floats; at 3·10 steps in all."""
    made = ao.quantize_dynamic(First(make()), {nn.LSTM, nn.GRU})
    weights, each = directions * gates * 24 * 16, directions * gates * 2 * 16
    graph = from_torch(made, (10, 8), batch=3)
    assert costs(graph) == (0, 30 * weights, "complete")
    cost = costcalc.cost(made, input=(10, 8), batch=3, columns=["buffers", "buffer_bytes"])
    assert [cost[key].number for key in ("buffers", "buffer_bytes")] == [weights + each, weights + 4 * each]


@pytest.mark.parametrize(("cell", "gates"), [(nn.LSTMCell, 4), (nn.GRUCell, 3), (nn.RNNCell, 1)])
def test_cells(cell: Callable[..., nn.Module], gates: int) -> None:
    made = ao.quantize_dynamic(nn.Sequential(cell(8, 16)), {cell})
    assert costs(from_torch(made, (8,), batch=3)) == (0, 3 * gates * 24 * 16, "complete")


def test_embeddings() -> None:
    """A lookup has no mult-adds. The table of 20·8 is a buffer."""
    model = nn.Sequential(nn.Embedding(20, 8))
    model[0].qconfig = ao.float_qparams_weight_only_qconfig  # type: ignore[assignment]
    graph = from_torch(ao.convert(ao.prepare(model)), torch.zeros(2, 5, dtype=torch.int64))
    assert costs(graph) == (0, 0, "complete")
    assert graph.outputs[0].shape == (2, 5, 8)
    assert graph.buffers["0.weight"] == (20, 8)


def test_functions_between_layers() -> None:
    """Two convolutions of 27·8 and 72·8 weights at 8·8 places; all else is elementwise. A norm has 2·8 params."""

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.quant, self.dequant = ao.QuantStub(), ao.DeQuantStub()
            self.a, self.b = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
            self.norm, self.group, self.f = (
                nn.BatchNorm2d(8),
                nn.GroupNorm(2, 8),
                torch.ao.nn.quantized.FloatFunctional(),
            )
            self.hard, self.leaky = nn.Hardswish(), nn.LeakyReLU()
            self.sigmoid, self.softmax = nn.Sigmoid(), nn.Softmax(1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.norm(self.a(self.quant(x)))
            y = self.f.mul(self.b(x), self.sigmoid(x))
            x = self.f.add_relu(self.f.cat([x, y], 1)[:, :8], self.f.add_scalar(y, 2.0))
            made: torch.Tensor = self.dequant(self.softmax(self.leaky(self.hard(self.group(x)))))
            return made

    model = Model().eval()
    model.qconfig = ao.get_default_qconfig("fbgemm")  # type: ignore[assignment]
    prepared = ao.prepare(model)
    prepared(torch.randn(1, 3, 8, 8))
    graph = from_torch(ao.convert(prepared), (3, 8, 8), batch=2)
    assert costs(graph) == (32, 2 * 64 * 8 * (27 + 72), "complete")


def test_a_quantized_network_of_torchvision() -> None:
    """As the network of floats, whose batch norms, of 4,800 channels, are folded into biases."""
    model = torchvision.models.quantization.resnet18(quantize=True).eval()
    graph = from_torch(model, (3, 224, 224))
    floats = costcalc.cost("torchvision:resnet18")
    assert costs(graph) == (0, floats.macs, "complete")
    packed = {key: shape for key, shape in graph.buffers.items() if key.rpartition(".")[2] in ("weight", "bias")}
    assert sum(torch.Size(shape).numel() for shape in packed.values()) == floats.params - 2 * 4800 + 4800


def test_by_name_and_held_against_tools(tmp_path: Path) -> None:
    """torchinfo sees no params, and counts none; how FlopCounterMode counts quantized kernels no rule says."""
    file = tmp_path / "dynamic.py"
    file.write_text(
        "import torch\nfrom torch import nn\n"
        "def make():\n    return torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(8, 4)), {nn.Linear})\n"
    )
    cost = costcalc.cost(f"{file}:make", input=(8,))
    assert (cost.params, cost.macs, cost.graph.buffers) == (0, 32, {"0.weight": (4, 8), "0.bias": (4,)})
    request = Request(f"{file}:make", input=(8,))
    verdict = verify(Subject(cost.graph, request), tools=["flopcounter"])
    assert verdict.ok
    assert "quantized::linear_dynamic" in verdict.notes[-1]
    assert "products with 48 bytes" in " ".join(Cost(cost.graph).quantity("params").notes(cost.run))
