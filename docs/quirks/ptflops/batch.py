"""Hooks count per input, patched functions for the whole batch

The sum of the hooks is divided by the batch. So with a batch of 4 a ReLU counts 1 + 4 times its elements; with a
batch of 1 it counts 1 + 1 times.
"""

import torch
from ptflops import get_model_complexity_info
from torch import nn

import costcalc
from costcalc.spec import relu

reported, _ = get_model_complexity_info(
    nn.Sequential(nn.ReLU()), (10,), as_strings=False, print_per_layer_stat=False,
    input_constructor=lambda _: torch.zeros(4, 10),
)  # fmt: skip

graph = costcalc.trace(lambda x: relu(x), (4, 10))
cost = costcalc.cost(graph, conventions=["ptflops"])
print(reported, cost.counts, cost.macs)  # 50 {'ptflops': 50} 0
