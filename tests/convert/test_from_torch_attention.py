"""Attention and recurrent layers read from torch: closed forms, FlopCounterMode, and a model of 7 billion params."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from small_modules import costs, flops, module, named
from torch import nn

from costcalc.analysis.cost import Cost
from costcalc.convert.from_torch import from_torch, on_meta


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize("settings", [{}, {"bias": False}, {"batch_first": False}, {"kdim": 6, "vdim": 10}])
def test_multi_head_attention(train: bool, settings: dict[str, Any]) -> None:
    attention = nn.MultiheadAttention(8, 2, **{"batch_first": True, **settings}).train(train)
    k, v = settings.get("kdim", 8), settings.get("vdim", 8)
    inputs = [(5, 8), (5, 8), (5, 8)] if k == 8 else [(5, 8), (5, k), (5, v)]
    graph = from_torch(attention, inputs)
    length, n = (5, 1) if attention.batch_first else (1, 5)
    projections = n * length * (8 * 8 + 8 * k + 8 * v + 8 * 8)
    assert costs(graph)[1:] == (projections + 2 * n * length * length * 8, "complete")
    assert costs(graph)[0] == sum(p.numel() for p in attention.parameters())
    assert 2 * Cost(graph).macs == flops(attention, *[torch.zeros(1, *shape) for shape in inputs])


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize("need_weights", [False, True])
def test_self_attention_is_one_node(train: bool, need_weights: bool) -> None:
    def forward(self: Any, x: Any) -> Any:
        return self.a(x, x, x, need_weights=need_weights)[0]

    graph = from_torch(module(forward, a=nn.MultiheadAttention(8, 2, batch_first=True)).train(train), (5, 8))
    assert named(graph) == {"a": "multi_head_attention"}
    assert costs(graph) == (4 * (8 * 8 + 8), 5 * 8 * 3 * 8 + 2 * 5 * 5 * 8 + 5 * 8 * 8, "complete")


@pytest.mark.parametrize("train", [False, True])
def test_a_transformer_layer(train: bool) -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).train(train)
    graph = from_torch(layer, (5, 8))
    attention = 5 * 8 * 3 * 8 + 2 * 5 * 5 * 8 + 5 * 8 * 8
    assert costs(graph)[1:] == (attention + 2 * 5 * 8 * 16, "complete")


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize(
    "settings", [{}, {"num_layers": 2, "bidirectional": True}, {"bias": False, "batch_first": True}]
)
def test_recurrence(kind: Any, settings: dict[str, Any]) -> None:
    model = kind(3, 4, **settings)
    graph = from_torch(model, (5, 3), batch=2)
    gates = {nn.LSTM: 4, nn.GRU: 3, nn.RNN: 1}[kind]
    first = 2 * 5 * (3 + 4) * gates * 4
    expected = 2 * first + 2 * (2 * 5 * (8 + 4) * gates * 4) if "num_layers" in settings else first
    assert costs(graph) == (sum(p.numel() for p in model.parameters()), expected, "complete")
    assert 2 * expected == flops(model, torch.zeros(2, 5, 3))
    with torch.no_grad():
        out, states = model(torch.zeros(2, 5, 3))
    shapes = [out.shape, *(t.shape for t in (states if isinstance(states, tuple) else (states,)))]
    assert [t.shape for t in graph.outputs] == shapes


def test_an_lstm_with_projections_and_a_cell() -> None:
    model = nn.LSTM(3, 8, proj_size=4)
    assert Cost(from_torch(model, (5, 3))).macs == 5 * ((3 + 4) * 4 * 8 + 8 * 4)
    assert 2 * Cost(from_torch(model, (5, 3))).macs == flops(model, torch.zeros(1, 5, 3))
    assert Cost(from_torch(nn.GRUCell(3, 4), (3,))).macs == (3 + 4) * 3 * 4


def test_seven_billion_parameters() -> None:
    layer, length = (4096, 11008), 512

    class Layer(nn.Module):
        def __init__(self, width: int, hidden: int) -> None:
            super().__init__()
            self.q, self.k, self.v, self.o = (nn.Linear(width, width, bias=False) for _ in range(4))
            self.gate, self.up = nn.Linear(width, hidden, bias=False), nn.Linear(width, hidden, bias=False)
            self.down = nn.Linear(hidden, width, bias=False)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            q, k, v = (each(x).view(*x.shape[:2], 32, -1).transpose(1, 2) for each in (self.q, self.k, self.v))
            x = x + self.o(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2))
            return x + self.down(F.silu(self.gate(x)) * self.up(x))

    model = on_meta(lambda: nn.Sequential(nn.Embedding(32000, 4096), *(Layer(*layer) for _ in range(32))))
    assert {p.device.type for p in model.parameters()} == {"meta"}
    width, hidden = layer
    each = 4 * width * width + 3 * width * hidden
    attention = 2 * length * length * width
    assert costs(from_torch(model, (length,))) == (
        32000 * width + 32 * each,
        32 * (length * each + attention),
        "complete",
    )


def test_the_weights_of_attention_are_a_node_where_they_are_read() -> None:
    def forward(self: Any, x: Any) -> Any:
        x, weights = self.a(x, x, x, average_attn_weights=False)
        return x, weights.sum()

    graph = from_torch(module(forward, a=nn.MultiheadAttention(8, 2, batch_first=True)), (5, 8))
    assert named(graph) == {"a": "multi_head_attention", "attention_weights": "elementwise", "sum": "elementwise"}
    assert graph.nodes[1].facts.outputs == ((1, 2, 5, 5),)
