"""A transposed convolution's channels are divided by its groups twice

The weight's second axis is already channels per group; calflops divides it by the groups once more.
"""

import torch
from torch import nn

import costcalc
from costcalc.measure.peers.calflops_flops import calflops  # a bare import calflops needs transformers too
from costcalc.spec import conv_transpose

model = nn.Sequential(nn.ConvTranspose2d(4, 4, 2, stride=2, groups=2, bias=False))
reported, _, _ = calflops.calculate_flops(
    model, args=[torch.zeros(1, 4, 5, 5)], output_as_string=False, print_results=False
)

graph = costcalc.trace(lambda x: conv_transpose(x, "up", 4, k=2, stride=2, groups=2, bias=False), (1, 4, 5, 5))
cost = costcalc.cost(graph, conventions=["calflops_flops"])
print(reported, cost.counts, 2 * cost.macs)  # 800 {'calflops_flops': 800} 1600
