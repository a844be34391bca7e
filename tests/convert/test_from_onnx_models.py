"""A torch model that was exported to ONNX costs as much as the model read from torch."""

from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from exporting import drawn, exported
from hypothesis import HealthCheck, assume, given, settings
from strategies import graphs
from torch import nn
from torch.onnx.errors import OnnxExporterError
from wide_strategies import wide_graphs

import costcalc
from costcalc.convert.to_torch import to_torch, zeros
from costcalc.spec import Graph

V = torchvision.models


class Words(nn.Module):
    """A transformer of two layers that reads token ids."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(16, 4, 24, batch_first=True)
        self.table, self.head = nn.Embedding(50, 16), nn.Linear(16, 5)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, x: torch.Tensor) -> Any:
        return self.head(self.encoder(self.table(x)))


class Sequence(nn.Module):
    """A recurrent network, and a linear layer at each position."""

    def __init__(self, kind: type[nn.RNNBase], **settings: Any) -> None:
        super().__init__()
        self.recurrent = kind(6, 10, batch_first=True, **settings)
        self.head = nn.Linear(20 if self.recurrent.bidirectional else 10, 3)

    def forward(self, x: torch.Tensor) -> Any:
        return self.head(self.recurrent(x)[0])


IMAGE = (3, 64, 64)
MODELS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "resnet18": (V.resnet18, IMAGE),
    "mobilenet_v2": (V.mobilenet_v2, IMAGE),
    "mobilenet_v3_small": (V.mobilenet_v3_small, IMAGE),
    "squeezenet1_1": (V.squeezenet1_1, IMAGE),
    "densenet121": (V.densenet121, IMAGE),
    "shufflenet_v2_x0_5": (V.shufflenet_v2_x0_5, IMAGE),
    "efficientnet_b0": (V.efficientnet_b0, IMAGE),
    "vit": (lambda: V.VisionTransformer(32, 8, 2, 4, 32, 64), (3, 32, 32)),
    "swin": (lambda: V.SwinTransformer([4, 4], 16, [2, 2], [2, 4], [4, 4]), IMAGE),
    "lstm": (lambda: Sequence(nn.LSTM), (5, 6)),
    "lstm, 2 layers, both ways": (lambda: Sequence(nn.LSTM, num_layers=2, bidirectional=True), (5, 6)),
    "gru": (lambda: Sequence(nn.GRU, bias=False), (5, 6)),
    "rnn": (lambda: Sequence(nn.RNN, bidirectional=True), (5, 6)),
    "words": (Words, (7,)),
}


def inputs(name: str, shape: tuple[int, ...], batch: int = 1) -> torch.Tensor:
    return torch.zeros(batch, *shape, dtype=torch.int64 if name == "words" else torch.float32)


@pytest.mark.parametrize("name", MODELS)
def test_the_file_costs_what_the_model_costs(name: str, tmp_path: Path) -> None:
    make, shape = MODELS[name]
    model = drawn(make())
    theirs = costcalc.cost(exported(model, inputs(name, shape, 2), tmp_path / "x.onnx"))
    ours = costcalc.cost(model, input=shape, batch=2)
    assert (theirs.macs, theirs.params, theirs.status) == (ours.macs, ours.params, "complete")


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "vit", "lstm", "words"])
def test_and_so_does_that_of_the_newer_exporter(name: str, tmp_path: Path) -> None:
    make, shape = MODELS[name]
    model = drawn(make())
    theirs = costcalc.cost(exported(model, inputs(name, shape), tmp_path / "x.onnx", dynamo=True))
    ours = costcalc.cost(model, input=shape)
    assert (theirs.macs, theirs.params, theirs.status) == (ours.macs, ours.params, "complete")


@pytest.mark.parametrize("name", ["resnet18", "swin", "lstm, 2 layers, both ways", "words"])
def test_folding_constants_changes_no_mult_add(name: str, tmp_path: Path) -> None:
    make, shape = MODELS[name]
    model = drawn(make())
    file = exported(model, inputs(name, shape), tmp_path / "x.onnx", do_constant_folding=True,
                    training=torch.onnx.TrainingMode.EVAL)  # fmt: skip
    theirs, ours = costcalc.cost(file), costcalc.cost(model, input=shape)
    assert (theirs.macs, theirs.status) == (ours.macs, "complete")


def test_the_layers_are_named_as_in_torch(tmp_path: Path) -> None:
    """Both exporters: weights have the names of torch's state_dict, and layers the same blocks."""
    model = drawn(V.resnet18())
    ours = costcalc.graph(model, input=IMAGE)
    for dynamo in (False, True):
        graph = costcalc.graph(exported(model, torch.zeros(1, *IMAGE), tmp_path / "x.onnx", dynamo=dynamo))
        assert graph.weights == ours.weights
        layers = {n.name: (n.op, n.weights, n.block and n.block.path) for n in graph.nodes if n.weights}
        assert layers == {n.name: (n.op, n.weights, n.block and n.block.path) for n in ours.nodes if n.weights}


def test_and_the_model_can_be_built_again(tmp_path: Path) -> None:
    model = drawn(V.squeezenet1_1())
    again = to_torch(costcalc.graph(exported(model, torch.zeros(1, *IMAGE), tmp_path / "x.onnx")))
    assert {n: p.shape for n, p in again.named_parameters()} == {n: p.shape for n, p in model.named_parameters()}
    assert again(torch.zeros(1, *IMAGE)).shape == (1, 1000)


def exportable(graph: Graph) -> bool:
    """False for layers that no exporter writes as one op.

    Squared distances are written as arithmetic on elements, with the vectors as any initializer; and beside a pool
    that rounds up, local response norms are written for the sizes of an older rule.
    """
    ops = {node.op for node in graph.nodes}
    up = any(node.facts.settings.get("ceil") for node in graph.nodes)
    return "rbf" not in ops and not ("lrn" in ops and up)


def same_cost(graph: Graph, file: Path) -> None:
    assume(exportable(graph))
    model = drawn(to_torch(graph))
    try:
        exported(model, zeros(graph), file)
    except (OnnxExporterError, RuntimeError):
        assume(False)  # torch has no way to write this op, or these settings of it
    theirs, ours = costcalc.cost(str(file)), costcalc.cost(graph)
    assert (theirs.macs, theirs.params, theirs.status) == (ours.macs, ours.params, "complete")


@settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much])
@given(graph=graphs())
def test_random_networks(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> None:
    same_cost(graph, tmp_path_factory.mktemp("random") / "x.onnx")


@settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much])
@given(graph=wide_graphs())
def test_random_networks_of_all_ops(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> None:
    same_cost(graph, tmp_path_factory.mktemp("random") / "x.onnx")
