"""A module of torch.nn as the whole model, with and without a batch axis: what tools report is computed, by ==."""

from __future__ import annotations

import torch
from alone import alone
from small_modules import module
from torch import nn
from torch_modules import of_each

from costcalc.conventions import find
from costcalc.convert.from_torch import from_torch
from costcalc.spec import Run

SAMPLE = [
    "Conv1d", "Conv2d, circular", "Conv2d, same", "Conv3d, groups, stride", "ConvTranspose1d", "ConvTranspose2d",
    "GRU, length first", "InstanceNorm1d", "InstanceNorm2d, affine", "LayerNorm", "LayerNorm, two axes", "LSTM",
    "MultiheadAttention", "TransformerEncoderLayer", "TransformerEncoderLayer, length first",
]  # fmt: skip


def test_modules() -> None:
    assert {name: lines for name, lines in alone(of_each, SAMPLE).items() if lines} == {}


def test_an_encoder_layer_by_hand() -> None:
    """In eval torch runs it as one op. In train: 2 per mult-add of 4 positions, through dropout's two products."""
    layer = nn.TransformerEncoderLayer(8, 2, dim_feedforward=16, batch_first=True)
    assert find("flopcounter").total(Run(from_torch(layer.eval(), (4, 8)))) == 0
    of_weights = 3 * 8 * 8 + 8 * 8 + 2 * 8 * 16
    products = 2 * 4 * 4 * 8
    assert find("flopcounter").total(Run(from_torch(layer, (4, 8), mode="train"), "train")) == 2 * (
        4 * of_weights + products
    )


def test_a_scalar_output() -> None:
    """The loss has no parameters. torchinfo counts the weights and biases of the linear layer, once per input."""
    model = module(lambda self, x: self.loss(self.layer(x), x), layer=nn.Linear(8, 8), loss=nn.MSELoss())
    graph = from_torch(model, torch.zeros(2, 8))
    assert find("torchinfo").total(Run(graph)) == 2 * (8 * 8 + 8)
