"""Names of calls of a model that was read from torch are kept in its file, because counting tools look at them."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

import costcalc  # noqa: E402
from costcalc import zoo  # noqa: E402
from costcalc.conventions import find, names  # noqa: E402
from costcalc.convert.call_data import dropped_calls  # noqa: E402
from costcalc.convert.data import from_data, to_data  # noqa: E402
from costcalc.convert.torch_names import WATCHED  # noqa: E402
from costcalc.convert.torch_reader.public_names import NAMES, PATHS  # noqa: E402
from costcalc.measure.verify import verify  # noqa: E402
from costcalc.measure.worker import in_process  # noqa: E402
from costcalc.spec import Graph, Run  # noqa: E402

KEPT = Path(__file__).parent / "exported"


def read_back(graph: Graph) -> Graph:
    """The graph after its file, in which no name is lost."""
    data = json.loads(json.dumps(to_data(graph), allow_nan=False))
    assert dropped_calls(graph, data) == []
    again = from_data(data)
    assert to_data(again) == data
    assert [node.call for node in again.nodes] == [node.call for node in graph.nodes]
    return again


MODELS = {
    "functions": lambda x: F.gelu(F.elu(F.relu(F.avg_pool2d(F.max_pool2d(x, 2), 2)), 2.0), approximate="tanh"),
    "resized": lambda x: F.interpolate(F.interpolate(x, scale_factor=2), size=(3, 5), mode="bilinear"),
    "antialiased": lambda x: F.interpolate(x, size=4, mode="bilinear", antialias=True),
    "a product by its parts": lambda x: torch.addmm(x[0, 0], x[0, 1], x[0, 2]).matmul(x[0, 0, 0]),
    "losses": lambda x: F.cosine_similarity(x, x).sum() + F.l1_loss(x, x) + F.huber_loss(x, x),
    "products": lambda x: (
        torch.einsum("bchw,bchw,bcwv->bcv", x, x, x) + torch.tensordot(x, x.mT, ([1, 3], [1, 2])).sum()
    ),
    "norms": lambda x: F.instance_norm(F.group_norm(F.layer_norm(F.batch_norm(x, None, None, training=True), (8,)), 1)),
    "attention": lambda x: F.scaled_dot_product_attention(x, x[:, :1], x[:, :1]),
}


class _Calls(nn.Module):
    def __init__(self, function: Any) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Any) -> Any:
        return self.function(x)


@pytest.mark.parametrize("name", MODELS)
def test_functions_keep_their_names(name: str) -> None:
    read_back(costcalc.cost(_Calls(MODELS[name]), input=(3, 8, 8), batch=2).graph)


MODULES: dict[tuple[int, ...], list[Callable[[], nn.Module]]] = {
    (4, 6): [
        lambda: nn.ELU(), lambda: nn.PReLU(4), lambda: nn.Hardtanh(), lambda: nn.Hardtanh(0, 6), lambda: nn.Softsign(),
        lambda: nn.LogSoftmax(-1), lambda: nn.LogSigmoid(), lambda: nn.Tanhshrink(), lambda: nn.GLU(),
        lambda: nn.Threshold(1, 2), lambda: nn.RReLU(), lambda: nn.Softmin(1), lambda: nn.MaxPool1d(2),
        lambda: nn.MaxPool1d(2, return_indices=True), lambda: nn.AvgPool1d(2), lambda: nn.LPPool1d(2, 2),
        lambda: nn.AdaptiveMaxPool1d(2), lambda: nn.Conv1d(4, 4, 3, padding="same"), lambda: nn.ZeroPad1d((1, 2)),
        lambda: nn.ReflectionPad1d(1), lambda: nn.ConstantPad1d(1, 2.0), lambda: nn.InstanceNorm1d(4, affine=True),
        lambda: nn.InstanceNorm1d(4, track_running_stats=True), lambda: nn.RMSNorm(6), lambda: nn.Dropout1d(),
        lambda: nn.LayerNorm(6, bias=False), lambda: nn.BatchNorm1d(4), lambda: nn.LSTM(6, 3, 2, bidirectional=True),
        lambda: nn.GRU(6, 3), lambda: nn.RNN(6, 3), lambda: nn.Unflatten(1, (2, 2)), lambda: nn.AlphaDropout(),
        lambda: nn.TransformerEncoderLayer(6, 2, 8, batch_first=True), lambda: nn.Flatten(0, 1), lambda: nn.Identity(),
    ],
    (4, 6, 6): [
        lambda: nn.GELU(), lambda: nn.GELU("tanh"), lambda: nn.Flatten(), lambda: nn.Flatten(-3), lambda: nn.Flatten(2),
        lambda: nn.Softmax2d(), lambda: nn.ZeroPad2d((1, 0, 2, 1)), lambda: nn.ZeroPad2d(-1),
        lambda: nn.CircularPad2d(1), lambda: nn.Conv2d(4, 4, 3, padding=1, padding_mode="circular"),
        lambda: nn.MaxPool2d(2, return_indices=True), lambda: nn.AvgPool2d(2, divisor_override=3),
        lambda: nn.AdaptiveMaxPool2d(2), lambda: nn.FractionalMaxPool2d(2, 3), lambda: nn.LPPool2d(2, 2),
        lambda: nn.PixelShuffle(2), lambda: nn.PixelUnshuffle(2), lambda: nn.Unfold(2), lambda: nn.CrossMapLRN2d(2),
        lambda: nn.Upsample(scale_factor=2), lambda: nn.Upsample(scale_factor=(2, 2.5)), lambda: nn.Upsample(size=4),
        lambda: nn.Upsample(size=(4, 5), mode="bilinear"), lambda: nn.UpsamplingNearest2d(scale_factor=2),
        lambda: nn.UpsamplingBilinear2d(size=4), lambda: nn.ConvTranspose2d(4, 4, 2, 2), lambda: nn.ChannelShuffle(2),
        lambda: nn.GroupNorm(2, 4), lambda: nn.LocalResponseNorm(2), lambda: nn.Dropout2d(),
        lambda: nn.InstanceNorm2d(4),
    ],
}  # fmt: skip


@pytest.mark.parametrize("mode", ["eval", "train"])
@pytest.mark.parametrize("shape", MODULES)
def test_modules_keep_their_names(shape: tuple[int, ...], mode: Any) -> None:
    for made in MODULES[shape]:
        read_back(costcalc.graph(made(), input=shape, batch=2, mode=mode))


def test_losses_keep_their_names() -> None:
    kinds = [nn.L1Loss, nn.MSELoss, nn.SmoothL1Loss, nn.HuberLoss, nn.BCELoss, nn.BCEWithLogitsLoss]
    for kind in [*kinds, nn.CosineSimilarity, nn.PairwiseDistance, nn.PoissonNLLLoss, nn.HingeEmbeddingLoss]:
        read_back(costcalc.graph(kind(), input=[(4, 6), (4, 6)], batch=2))
    read_back(costcalc.graph(nn.CrossEntropyLoss(), input=[(4,), ()], batch=2, dtype=["float32", "int64"]))
    read_back(costcalc.graph(nn.EmbeddingBag(5, 4), input=(7,), batch=2, dtype="int64"))
    read_back(costcalc.graph(nn.LSTMCell(6, 3), input=(6,), batch=2))


def test_the_watched_names_are_those_of_the_conventions() -> None:
    assert {PATHS[place]: found for place, found in NAMES.items()} == WATCHED


TORCHVISION = ["convnext_tiny", "swin_t", "mvit_v1_b", "quantized_mobilenet_v2", "r3d_18", "raft_small", "vit_b_32"]
if os.environ.get("COSTCALC_MODELS") == "all":
    TORCHVISION = pytest.importorskip("torchvision").models.list_models()


def totals(graph: Graph) -> dict[str, int]:
    """The params, and the number of each tool, in both modes."""
    cost = costcalc.cost(graph)
    tools = {f"{name}, {mode}": find(name).total(Run(graph, mode)) for name in names() for mode in ("eval", "train")}
    return {**tools, "params": cost.params, "mult-adds": cost.macs, "activations": cost.activations}


@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvisions_networks_have_the_same_totals(name: str) -> None:
    """All of them: ``COSTCALC_MODELS=all``."""
    pytest.importorskip("torchvision")
    graph = costcalc.graph(f"torchvision:{name}")
    assert totals(read_back(graph)) == totals(graph)


@pytest.mark.parametrize("family", [f for f in zoo.families() if f != "resnet_cifar"])
def test_the_zoos_networks_have_the_same_totals(family: str) -> None:
    for network in zoo.networks(family)[:2]:
        graph = network.build()
        assert totals(read_back(graph)) == totals(graph)


# Files of before: all arguments, and how inputs are handed over, beside each name


def kept(name: str) -> Graph:
    return costcalc.graph(str(KEPT / f"{name}.json"))


def test_older_files_read() -> None:
    """lenet5: 60,000 trainable parameters (LeCun et al. 1998, §II.B); its totals are the zoo's.

    built: 2·4·8·8·3·9 of the convolution and 2·256·5 of the linear layer. small: 2·4·64·27 and 2·4·64·36 of the
    convolutions, 2·256·5 and 2·5·5 of linear layers, 5·2·5 and 2·5·5 of products, 2·(5 + 5) of attention, 2·2·5 of
    the einsum.
    """
    lenet = kept("lenet5")
    assert costcalc.cost(lenet).params == 60_000
    assert totals(lenet) == totals(zoo.find("lenet5").build())
    assert costcalc.cost(kept("built")).macs == 2 * 4 * 8 * 8 * 3 * 9 + 2 * 256 * 5
    small = 2 * 4 * 64 * (27 + 36) + 2 * 256 * 5 + 2 * 5 * 5 + 5 * 2 * 5 + 2 * 5 * 5 + 2 * (5 + 5) + 2 * 2 * 5
    assert costcalc.cost(kept("small")).macs == small


@pytest.mark.parametrize("name", ["lenet5", "built", "small"])
def test_older_files_keep_their_names(name: str) -> None:
    before = json.loads((KEPT / f"{name}.json").read_text(encoding="utf-8"))
    now = to_data(kept(name))
    calls = [[entry.get("torch") and entry["torch"]["name"] for entry in data["nodes"]] for data in (before, now)]
    assert calls[0] == calls[1]


def test_an_older_file_is_built() -> None:
    verdict = verify(kept("built"), report=in_process)
    assert verdict.ok, [check for check in verdict.checks if not check.equal]
