"""Constants that a forward pass makes (masks, positions): how long they are alive, and which autograd saves."""

import json
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("torch", reason="the extra torch is not installed")

import torch
import torch.nn.functional as F
from torch import nn

import costcalc
from costcalc.analysis.saved import saved
from costcalc.convert.data import from_data, to_data
from costcalc.measure.memory import measured_peak, measured_saved
from costcalc.spec.run import Run

T, D = 48, 64
X = torch.Tensor
Pass = Callable[[X, nn.Module, nn.Module], X | tuple[X, X]]


class Net(nn.Module):
    """A forward pass, written as a function of its input and two linear layers."""

    mask: X | None = None

    def __init__(self, run: Pass) -> None:
        super().__init__()
        self.a, self.b, self.run = nn.Linear(D, D), nn.Linear(D, D), run

    def forward(self, x: X) -> X | tuple[X, X]:
        return self.run(x, self.a, self.b)


def causal(x: X, a: nn.Module, b: nn.Module) -> X:
    q = a(x)
    scores = (q @ q.transpose(1, 2)).masked_fill(torch.tril(torch.ones(T, T)) == 0, -1e9)
    return b(scores.softmax(-1) @ q)


def sinusoidal(x: X, a: nn.Module, b: nn.Module) -> X:
    steps, rates = torch.arange(T).unsqueeze(1), torch.exp(torch.arange(0, D, 2) * -0.1)
    positions = torch.zeros(T, D)
    positions[:, 0::2] = torch.sin(steps * rates)
    positions[:, 1::2] = torch.cos(steps * rates)
    return b(a(x + positions))


def rotary(x: X, a: nn.Module, b: nn.Module) -> X:
    angles = torch.outer(torch.arange(T).float(), 1 / 1e4 ** (torch.arange(0, D, 2).float() / D))
    angles = torch.cat((angles, angles), -1)
    q = a(x)
    return b(q * angles.cos() + torch.cat((-q[..., D // 2 :], q[..., : D // 2]), -1) * angles.sin())


def linear_biases(x: X, a: nn.Module, b: nn.Module) -> X:
    distance = torch.arange(T)[None, :] - torch.arange(T)[:, None]
    q = a(x)[:, None]
    return b(F.scaled_dot_product_attention(q, q, q, attn_mask=(distance * 0.5).float()))[:, 0]


def windowed(x: X, a: nn.Module, b: nn.Module) -> X:
    mask = x.new_zeros(T, T)
    for i in range(0, T, 8):
        mask[i : i + 8, i : i + 8] = 1
    q = a(x)
    return b((q @ q.transpose(1, 2)).masked_fill(mask == 0, -100.0).softmax(-1) @ q)


def early(x: X, a: nn.Module, b: nn.Module) -> X:
    """All that is large is gone before the first layer runs."""
    scale = (torch.zeros(500, 500) + 1).sum()
    return b(a(x)) * scale


def late(x: X, a: nn.Module, b: nn.Module) -> tuple[X, X]:
    return b(a(x)), torch.zeros(500, 500)


def of_a_function(x: X, a: nn.Module, b: nn.Module) -> X:
    """A view that outlives the name of its base."""

    def positions() -> X:
        return torch.arange(4096.0).view(64, D)[:T]

    y = a(x)
    return b(y + positions())


def of_many_elements(x: X, a: nn.Module, b: nn.Module) -> X:
    n = torch.ones(1500, 1500)
    return b(a(x)) * ((n * 2).sum() * 0 + 1)


def two_of_one(x: X, a: nn.Module, b: nn.Module) -> X:
    """Both factors lie in one storage, which is saved once."""
    one, other = torch.rand(2, T, D).unbind(0)
    return b(a(x) * one * other)


def interleaved(x: X, a: nn.Module, b: nn.Module) -> X:
    for i in range(4):
        x = a(x) + torch.full((T, D), float(i))
    return b(x)


def complex_ones(x: X, a: nn.Module, b: nn.Module) -> X:
    turns = torch.polar(torch.ones(T, D // 2), torch.outer(torch.arange(float(T)), torch.arange(float(D // 2))))
    q = torch.view_as_complex(a(x).reshape(x.shape[0], T, D // 2, 2))
    return b(torch.view_as_real(q * turns).flatten(2))


PASSES: dict[str, Pass] = {
    each.__name__: each
    for each in (
        causal, sinusoidal, rotary, linear_biases, windowed, early, late, of_a_function, of_many_elements, two_of_one,
        interleaved, complex_ones,
    )
} | {
    "one hot": lambda x, a, b: b(a(x) @ F.one_hot(torch.arange(D), D).float()),
    "softmax of ones": lambda x, a, b: b(a(x) @ torch.ones(D, D).softmax(-1)),
    "mask of booleans": lambda x, a, b: b(a(x).masked_fill((torch.arange(T) > 40)[:, None], 0)),
    "where": lambda x, a, b: b(torch.where(torch.rand(T, D) > 0.5, a(x), torch.zeros(T, D))),
    "maximum": lambda x, a, b: b(torch.maximum(a(x), torch.full((T, D), 0.1))),
    "divisor": lambda x, a, b: b(a(x) / torch.arange(1.0, T * D + 1).view(T, D)),
    "exponent": lambda x, a, b: b(a(x).abs().pow(torch.full((D,), 2.5))),
    "base": lambda x, a, b: b(torch.full((D,), 2.5) ** a(x)),
    "lerp": lambda x, a, b: b(torch.lerp(a(x), torch.ones(D), torch.full((D,), 0.3))),
    "gather": lambda x, a, b: b(a(x).gather(2, torch.arange(D - 1, -1, -1).expand(x.shape[0], T, D))),
    "index": lambda x, a, b: b(a(x)[:, torch.randperm(T)]),
    "concat": lambda x, a, b: b(torch.cat((torch.zeros(x.shape[0], 8, D), a(x)), 1)),
    "in place": lambda x, a, b: b(a(x).mul_(torch.zeros(T, D).add_(1))),
    "einsum": lambda x, a, b: b(torch.einsum("btc,cd->btd", a(x), torch.ones(D, D))),
    "kernel": lambda x, a, b: b(F.conv1d(a(x), torch.ones(T, T, 3), padding=1)),
    "float64": lambda x, a, b: b((a(x).double() * torch.ones(T, D, dtype=torch.float64)).float()),
    "no_grad": torch.no_grad()(lambda x, a, b: b(a(x) * torch.rand(T, D))),
}  # fmt: skip


@pytest.mark.parametrize("name", PASSES)
def test_as_torch_holds_them(name: str) -> None:
    for mode, batch in (("eval", 1), ("train", 2)):
        cost = costcalc.cost(Net(PASSES[name]), input=(T, D), batch=batch, mode=mode)
        model, x = Net(PASSES[name]).train(mode == "train"), torch.randn(batch, T, D)
        assert cost["peak_memory"].number == measured_peak(model, (x,))[0]
    assert cost["saved_for_backward"].number == measured_saved(model, (x,))


def test_a_mask_that_a_module_keeps() -> None:
    """From the first pass on it is alive until the end."""

    class Kept(Net):
        def forward(self, x: X) -> X:
            if self.mask is None:
                self.mask = torch.ones(T, D).triu()
            return self.b(self.a(x) * self.mask)

    model = Kept(causal)
    found = costcalc.cost(model, input=(T, D), batch=1)["peak_memory"].number
    assert model.mask is None
    assert found == measured_peak(model, (torch.randn(1, T, D),))[0] == 4 * (T * D + T * D + T * D)


def test_a_slice_of_a_buffer_is_not_made() -> None:
    """A layer with input and output, of the buffer nothing."""

    class Buffer(Net):
        def __init__(self) -> None:
            super().__init__(causal)
            self.register_buffer("positions", torch.ones(100, D))

        def forward(self, x: X) -> X:
            return self.b(x + self.positions[:T])

    with torch.device("meta"):
        on_meta = Buffer()
    for model in (Buffer(), on_meta):
        found = costcalc.cost(model, input=(T, D), batch=1)["peak_memory"].number
        assert found == measured_peak(Buffer(), (torch.randn(1, T, D),))[0] == 2 * 4 * T * D


def test_a_view_of_an_index_that_is_a_buffer() -> None:
    """A model by name is made on the meta device, and its buffers have values beside: views of them are not made."""
    cost = costcalc.cost("torchvision:maxvit_t", mode="train", batch=2)
    assert cost["saved_for_backward"].number == 614_659_360  # a real pass: docs/memory.md


@pytest.mark.parametrize("name", ["rotary", "causal", "late"])
def test_in_a_file(name: str) -> None:
    graph = costcalc.graph(Net(PASSES[name]), input=(T, D), batch=2, mode="train")
    data = json.loads(json.dumps(to_data(graph)))
    for key in ("peak_memory", "peak_memory_last_use", "saved_for_backward"):
        again, own = (costcalc.cost(each, mode="train")[key] for each in (from_data(data), graph))
        assert again == own


@pytest.mark.parametrize(
    "made",
    [3, {"before": 1}, {"before": [1]}, {"during": [-1, 0]}, {"after": [2**41, 0]}, {"taken": [[0, 0, 1]]},
     {"taken": [[256, 0, 1, 0]]}, {"taken": 1}, {"taken": [["0", 0, 1, 0]]}],
)  # fmt: skip
def test_a_file_with_other_ones(made: Any) -> None:
    data = to_data(costcalc.graph(Net(PASSES["causal"]), input=(T, D), batch=1))
    data["nodes"][0]["made"] = made
    with pytest.raises(costcalc.CostcalcError, match="made"):
        from_data(data)


def test_a_constant_of_a_file_that_takes_another_argument() -> None:
    """It is no constant of its own, and has the memory of its shape."""
    data = to_data(costcalc.graph(Net(PASSES["softmax of ones"]), input=(T, D), batch=1))
    (constant,) = [node for node in data["nodes"] if node["op"] == "constant"]
    constant["made"]["taken"] = [[5, 0, 1, 0]]
    assert costcalc.cost(from_data(data))["peak_memory"].number > 0


def test_half_the_bytes_of_floats() -> None:
    """Masks of booleans keep their byte: T² of them, beside the floats."""
    graph = costcalc.graph(Net(PASSES["causal"]), input=(T, D), batch=1)
    full, half = (sum(saved(Run(graph, "train", dtype)).values()) for dtype in ("float32", "float16"))
    assert full - T * T == 2 * (half - T * T)


@pytest.mark.parametrize("layer", [nn.Conv1d(T, 8, 3), nn.ConvTranspose1d(T, 8, 3), nn.Linear(D, 8)])
def test_a_frozen_layer(layer: nn.Module) -> None:
    """A frozen convolution saves its input all the same, a frozen linear layer does not: derivatives.yaml."""
    model = nn.Sequential(nn.Linear(D, D), layer.requires_grad_(False)).train()
    found = costcalc.cost(model, input=(T, D), batch=2, mode="train")["saved_for_backward"].number
    one = 2 * T * D * 4
    assert found == measured_saved(model, (torch.randn(2, T, D),)) == (one if isinstance(layer, nn.Linear) else 2 * one)
