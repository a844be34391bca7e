"""Recurrent layers on packed sequences: each step costs the rows that are left."""

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.utils.flop_counter import FlopCounterMode

import costcalc


class Packed(nn.Module):
    """Two sequences of these lengths."""

    def __init__(self, layer: nn.Module, lengths: Any, in_order: bool, total: int | None = None) -> None:
        super().__init__()
        self.layer, self.lengths, self.in_order, self.total = layer, lengths, in_order, total

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first: Any = self.layer.batch_first
        packed = pack_padded_sequence(x, self.lengths, batch_first=first, enforce_sorted=self.in_order)
        return pad_packed_sequence(self.layer(packed)[0], batch_first=first, total_length=self.total)[0]


LAYERS: dict[str, tuple[type[nn.Module], dict[str, Any], int]] = {
    "lstm": (nn.LSTM, {"batch_first": True}, 4),
    "lstm, steps first": (nn.LSTM, {}, 4),
    "gru": (nn.GRU, {"batch_first": True}, 3),
    "rnn": (nn.RNN, {"batch_first": True}, 1),
}


@pytest.mark.parametrize(("lengths", "in_order"), [([5, 3], True), ([3, 5], False), (torch.tensor([5, 3]), True)])
@pytest.mark.parametrize("name", LAYERS)
def test_each_row_costs_a_step(name: str, lengths: Any, in_order: bool) -> None:
    """5 + 3 rows of gates · 8 · (4 + 8) mult-adds."""
    kind, options, gates = LAYERS[name]
    model = Packed(kind(4, 8, **options), lengths, in_order)
    x = torch.ones(2, 5, 4) if options else torch.ones(5, 2, 4)
    cost = costcalc.cost(model, input=x)
    assert (cost.macs, cost.status) == (8 * gates * 8 * (4 + 8), "complete")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        made = model(x)
    assert counter.get_total_flops() == 2 * cost.macs
    assert cost.graph.outputs[0].shape == tuple(made.shape)


def test_several_layers_both_ways_and_a_length_in_all() -> None:
    """Per row, the first layer 2·32·(4 + 8), and the second 2·32·(16 + 8)."""
    model = Packed(nn.LSTM(4, 8, 2, bidirectional=True, batch_first=True), [5, 3], True, total=7)
    cost = costcalc.cost(model, input=(5, 4), batch=2)
    assert (cost.macs, cost.status) == (8 * (2 * 32 * 12 + 2 * 32 * 24), "complete")
    assert cost.graph.outputs[0].shape == (2, 7, 16)


def test_lengths_that_do_not_fit() -> None:
    with pytest.raises(costcalc.CostcalcError, match="Expected `len\\(lengths\\)` to be equal to batch_size"):
        costcalc.cost(Packed(nn.LSTM(4, 8, batch_first=True), [5, 3, 1], True), input=(5, 4), batch=2)
