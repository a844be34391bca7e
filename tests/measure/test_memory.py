"""Memory in closed form against a real pass on the CPU, in bytes: the peak of activations, and what is saved."""

import pytest
import torch
from torch import nn
from unfilled import unfilled

import costcalc
from costcalc import models
from costcalc.convert.data import from_data, to_data
from costcalc.measure.memory import measured_peak, measured_saved
from costcalc.measure.subject import Subject
from costcalc.openers import read

PEAKS = {
    "torchvision:resnet18": (6_422_528, 6_422_528),
    "torchvision:vgg16": (25_690_112, 25_690_112),
    "torchvision:googlenet": (6_422_528, 6_422_528),
    "torchvision:densenet121": (10_035_200, 8_429_568),
    "torchvision:mobilenet_v2": (10_436_608, 9_633_792),
    "torchvision:vit_b_16": (7_867_392, 5_446_656),
    "torchvision:convnext_tiny": (12_042_240, 10_838_016),
}
"""Eager, by the real pass, and by last use; batch 1, float32, 224, without the input."""

SAVED = {
    "torchvision:resnet18": (2, 44_398_080),
    "torchvision:vgg11": (2, 97_738_752),
    "torchvision:mobilenet_v2": (2, 156_555_520),
    "torchvision:densenet121": (2, 261_057_280),
    "torchvision:vit_b_32": (1, 30_439_312),
}
"""Batch, and bytes in train mode, the input included."""


@pytest.mark.parametrize("name", PEAKS)
def test_peaks_of_torchvision(name: str) -> None:
    cost = costcalc.cost(name, columns=["peak_memory", "peak_memory_last_use"])
    assert (cost["peak_memory"].number, cost["peak_memory_last_use"].number) == PEAKS[name]
    again = costcalc.cost(from_data(to_data(cost.graph)), columns=["peak_memory"])
    assert again["peak_memory"] == cost["peak_memory"]


@pytest.mark.parametrize("name", SAVED)
def test_saved_of_torchvision(name: str) -> None:
    batch, nbytes = SAVED[name]
    cost = costcalc.cost(name, batch=batch, mode="train", columns=["saved_for_backward"])
    assert cost["saved_for_backward"] == (nbytes, "counted", None)


@pytest.mark.parametrize("name", ["googlenet", "mobilenet_v3_small", "shufflenet_v2_x0_5", "torchvision:squeezenet1_1"])
@pytest.mark.parametrize("mode", ["eval", "train"])
def test_predicted_is_measured(name: str, mode: str) -> None:
    request = models.request_of(name, mode=mode, batch=2)
    graph = read(request)
    cost = costcalc.cost(graph, mode=mode, columns=["peak_memory", "saved_for_backward"])
    with unfilled():
        model, inputs = Subject(graph, request).build("cpu", mode)
        if mode == "eval":
            assert measured_peak(model, inputs)[0] == cost["peak_memory"].number
        assert measured_saved(model, inputs) == cost["saved_for_backward"].number


class Frames(nn.Module):
    """A list that a frame holds, a name that lasts, and a name that is deleted."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(3, 3, 1) for _ in range(5)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kept = [layer(x) for layer in self.layers[:3]]
        last = self.layers[3](kept[-1])
        del kept
        gone = self.layers[4](last)
        return gone.relu() + 1


class Strided(nn.Module):
    """Views, and reshapes of a permuted tensor, which copy."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.linear(x)
        y = x.transpose(1, 2).reshape(x.shape[0], -1)  # a copy
        z = x.reshape(x.shape[0], -1)  # a view
        x += 1
        return (y + z).softmax(-1) * z.sigmoid()


class Products(nn.Module):
    """Factors that torch copies before a product, and one that needs no gradient."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 24)
        self.register_buffer("mask", torch.zeros(4, 4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = self.linear(x).view(2, 4, 3, 2, 4).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-1, -2) + self.mask).softmax(-1)
        return torch.einsum("bhij,bhjd->bihd", weights, v) * x.detach().view(2, 4, 2, 4)


@pytest.mark.parametrize(
    ("module", "shape"), [(Frames, (2, 3, 8, 8)), (Strided, (2, 4, 8)), (Products, (2, 4, 8))], ids=str
)
def test_users_modules(module: type[nn.Module], shape: tuple[int, ...]) -> None:
    model = module().eval()
    cost = costcalc.cost(model, input=shape[1:], batch=shape[0], columns=["peak_memory", "saved_for_backward"])
    given = (torch.zeros(shape),)
    assert cost["peak_memory"].number == measured_peak(model, given)[0]
    assert cost["saved_for_backward"].number == measured_saved(model, given)


def test_frozen_layers_save_nothing() -> None:
    """Only the input of the last layer is saved: 2 x 8 numbers of 4 bytes."""
    model = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8))
    model[0].requires_grad_(False)
    cost = costcalc.cost(model, input=(8,), batch=2, columns=["saved_for_backward"])
    assert cost["saved_for_backward"].number == measured_saved(model, (torch.zeros(2, 8),)) == 2 * 8 * 4
