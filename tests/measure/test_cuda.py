"""On a CUDA device: operations that it runs otherwise than the CPU, the tools' counts, memory and rates."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import costcalc
from costcalc.analysis.devices import find as find_device
from costcalc.conventions import find
from costcalc.convert.from_torch import from_torch
from costcalc.measure.memory import measured_peak, measured_saved
from costcalc.measure.peers import flopcounter_cuda
from costcalc.measure.setting import Setting
from costcalc.measure.subject import Subject
from costcalc.measure.timing import time_model
from costcalc.measure.verify import available_tools, verify
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel

pytestmark = pytest.mark.cuda


class Calls(nn.Module):
    """A function of its inputs as a module."""

    def __init__(self, function: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return self.function(*inputs)


def attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return F.scaled_dot_product_attention(q, k, v)


def causal(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


def masked(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    mask = torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool, device=q.device)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


SAME = (2, 4, 10, 16)
MODELS: dict[str, tuple[Callable[[], nn.Module], tuple[tuple[int, ...], ...]]] = {
    "fused": (lambda: Calls(attention), (SAME, SAME, SAME)),
    "causal": (lambda: Calls(causal), (SAME, SAME, SAME)),
    "masked": (lambda: Calls(masked), (SAME, (2, 4, 12, 16), (2, 4, 12, 16))),
    "other values": (lambda: Calls(attention), (SAME, SAME, (2, 4, 10, 24))),
    "odd heads": (lambda: Calls(attention), ((2, 3, 7, 5),) * 3),
    "five axes": (lambda: Calls(attention), ((2, 2, 2, 10, 16),) * 3),
    "three axes": (lambda: Calls(attention), ((4, 10, 16),) * 3),
    "lstm": (lambda: nn.LSTM(8, 16, 2), ((5, 2, 8),)),
    "lstm with a projection": (lambda: nn.LSTM(8, 16, proj_size=4), ((5, 2, 8),)),
    "gru": (lambda: nn.GRU(8, 16, bidirectional=True), ((5, 2, 8),)),
    "rnn": (lambda: nn.RNN(8, 16), ((5, 2, 8),)),
    "lstm cell": (lambda: nn.LSTMCell(8, 16), ((2, 8),)),
    "gru cell": (lambda: nn.GRUCell(8, 16), ((2, 8),)),
    "encoder layer": (lambda: nn.TransformerEncoderLayer(32, 4, 64, batch_first=True), ((2, 10, 32),)),
    "encoder layer, norm first": (
        lambda: nn.TransformerEncoderLayer(32, 4, 64, batch_first=True, norm_first=True), ((2, 10, 32),)),
    "decoder layer": (lambda: nn.TransformerDecoderLayer(32, 4, 64, batch_first=True), ((2, 10, 32), (2, 7, 32))),
    "odd attention": (lambda: Attention(30, 3), ((2, 10, 30),)),
    "attention": (lambda: Attention(32, 4), ((2, 10, 32),)),
    "attention with weights": (lambda: Attention(32, 4, True), ((2, 10, 32),)),
    "convolutions": (
        lambda: nn.Sequential(nn.Conv2d(4, 8, 3, groups=4), nn.BatchNorm2d(8), nn.ConvTranspose2d(8, 4, 2, stride=2)),
        ((2, 4, 9, 9),)),
    "conv1d": (lambda: nn.Conv1d(4, 8, 3, padding="same"), ((2, 4, 9),)),
    "conv3d": (lambda: nn.Conv3d(4, 8, 3), ((1, 4, 5, 5, 5),)),
    "linear, three axes": (lambda: nn.Linear(8, 4), ((2, 3, 8),)),
    "bilinear": (lambda: nn.Bilinear(8, 4, 5), ((2, 8), (2, 4))),
    "einsum": (lambda: Calls(lambda a, b: torch.einsum("bij,bkj->bik", a, b)), ((2, 3, 4), (2, 5, 4))),
    "products": (lambda: Calls(lambda a, b: (a @ b).softmax(-1) @ b), ((2, 4, 4), (2, 4, 4))),
    "norms": (
        lambda: nn.Sequential(nn.GroupNorm(2, 8), nn.MaxPool2d(2), nn.LayerNorm(4), nn.GELU()), ((2, 8, 8, 8),)),
}  # fmt: skip


class Attention(nn.Module):
    """Self-attention."""

    def __init__(self, size: int, heads: int, weights: bool = False) -> None:
        super().__init__()
        self.attention, self.weights = nn.MultiheadAttention(size, heads, batch_first=True), weights

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.attention(x, x, x, need_weights=self.weights)[0]


@pytest.mark.parametrize("mode", ["eval", "train"])
@pytest.mark.parametrize("name", MODELS)
def test_flopcounter_on_cuda(name: str, mode: str) -> None:
    make, shapes = MODELS[name]
    model = make().train(mode == "train")
    inputs = tuple(torch.randn(shape) for shape in shapes)
    graph = from_torch(model, inputs, mode=mode)  # type: ignore[arg-type]
    reported = flopcounter_cuda.report(model.cuda(), tuple(x.cuda() for x in inputs))
    convention = find("flopcounter_cuda")
    assert convention.unpredicted(graph) == []
    assert convention.total(Run(graph, mode)) == reported.total  # type: ignore[arg-type]


@pytest.mark.parametrize("network", ["lenet5", "googlenet", "mobilenet_v3_small"])
def test_every_tool(network: str) -> None:
    verdict = verify(costcalc.graph(network), device="cuda", tools=available_tools())
    assert [(c.tool, c.quantity, c.computed, c.reported) for c in verdict.checks if not c.equal] == []


@pytest.mark.parametrize("network", ["googlenet", "resnet18", "mobilenet_v2", "densenet121", "vgg11"])
def test_memory_of_convolutional_networks_is_that_of_the_cpu(network: str) -> None:
    graph = costcalc.graph(network)
    model, inputs = Subject(graph).build("cuda")
    assert measured_peak(model, inputs)[0] == costcalc.cost(graph, columns=["peak_memory"])["peak_memory"].number
    graph = costcalc.graph(network, batch=2)
    model, inputs = Subject(graph).build("cuda", "train")
    cost = costcalc.cost(graph, mode="train", columns=["saved_for_backward"])
    masks = sum(numel(node.facts.outputs[0]) for node in graph.nodes if node.op == "dropout")
    computed = cost["saved_for_backward"].number
    assert computed is not None
    assert measured_saved(model, inputs) == computed - 3 * masks  # of bool on CUDA, of float32 on the CPU


@pytest.mark.parametrize(
    "setting",
    [Setting("tf32"), Setting("float16", channels_last=True), Setting("bfloat16", mode="train")],
)
def test_times(setting: Setting) -> None:
    timing = time_model(costcalc.graph("resnet18", batch=2), "cuda", setting, seconds=0.05)
    assert timing.median > 0
    assert timing.machine.dtype == setting.dtype


def test_layers_add_up_to_the_pass() -> None:
    timing = time_model(costcalc.graph("vgg11", batch=64), "cuda", seconds=0.1, by_layer=True)
    assert timing.clocked is not None
    assert 0 <= timing.outside < 0.05 * timing.clocked


def test_rates(tmp_path: Path) -> None:
    file = tmp_path / "gpu.json"
    file.write_text(json.dumps(costcalc.calibrate("cuda", seconds=0.05).data()))
    device = find_device(str(file))
    assert device.flops("float32") < device.flops("tf32") < device.flops("bfloat16")
    assert device.cuda
    for dtype in ("float32", "tf32", "bfloat16", "float16", "amp"):
        cost = costcalc.cost("resnet50", batch=64, columns=["bound", "predicted"], on=device, as_dtype=dtype)
        assert cost["predicted"].number > 0
