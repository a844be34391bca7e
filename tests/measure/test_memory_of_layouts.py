"""Memory of tokens that are convolved as an image: its channels are last, in the outputs of convolutions too."""

from collections.abc import Callable

import pytest

pytest.importorskip("torch", reason="the extra torch is not installed")

import torch
import torch.nn.functional as F
from torch import nn

import costcalc
from costcalc.measure.memory import measured_peak, measured_saved

X = torch.Tensor


class Tokens(nn.Module):
    """(N, 49, 8) -> (N, 49, 4), through an image of 7x7. A linear layer copies tokens whose channels are not last."""

    def __init__(self, inside: nn.Module, run: Callable[[nn.Module, X], X] | None = None) -> None:
        super().__init__()
        self.a, self.inside, self.b, self.run = nn.Linear(8, 8), inside, nn.Linear(8, 4), run

    def forward(self, x: X) -> X:
        x = self.a(x).transpose(1, 2).reshape(x.shape[0], 8, 7, 7)
        x = self.inside(x) if self.run is None else self.run(self.inside, x)
        return self.b(F.gelu(x.flatten(2).transpose(1, 2)))


MODULES: dict[str, Callable[[], Tokens]] = {
    "depthwise": lambda: Tokens(nn.Conv2d(8, 8, 3, padding=1, groups=8)),
    "pointwise": lambda: Tokens(nn.Conv2d(8, 8, 1)),
    "transposed": lambda: Tokens(nn.ConvTranspose2d(8, 8, 2, stride=2)),
    "padding by name": lambda: Tokens(nn.Conv2d(8, 8, 3, padding="same")),
    "function": lambda: Tokens(nn.Conv2d(8, 8, 3), lambda m, x: F.conv2d(x, m.weight, padding=1)),  # type: ignore[arg-type]
    "between heads": lambda: Tokens(
        nn.Linear(7, 7), lambda m, x: m(x.permute(0, 2, 3, 1).transpose(1, 3)).transpose(1, 3).permute(0, 3, 1, 2)
    ),
    "a block": lambda: Tokens(nn.Sequential(nn.Conv2d(8, 8, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 1))),
    "weights with channels last": lambda: Tokens(
        nn.Conv2d(8, 8, 3, padding=1).to(memory_format=torch.channels_last), lambda m, x: m(x.contiguous())
    ),
}


@pytest.mark.parametrize("mode", ["eval", "train"])
@pytest.mark.parametrize("name", MODULES)
def test_as_on_the_cpu(name: str, mode: str) -> None:
    cost = costcalc.cost(MODULES[name](), input=(49, 8), batch=2, mode=mode)
    model, x = MODULES[name]().train(mode == "train"), torch.randn(2, 49, 8)
    assert cost["peak_memory"].number == measured_peak(model, (x,))[0]
    assert cost["saved_for_backward"].number == measured_saved(model, (x,))
