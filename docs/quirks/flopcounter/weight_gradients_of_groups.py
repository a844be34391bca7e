"""It counts the weight gradient of a grouped convolution as if there were one group

The gradient takes as many mult-adds as the forward pass. With 4 groups the counter reports 4 times as many: its formula
for the backward pass (conv_backward_flop) does not look at the groups. costcalc's rule is for the forward pass alone.
"""

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import costcalc
from costcalc.spec import conv

layer = nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False)
with FlopCounterMode(display=False) as both:
    layer(torch.zeros(1, 4, 8, 8)).sum().backward()

graph = costcalc.trace(lambda x: conv(x, "c", 4, k=3, padding=1, groups=4, bias=False), (1, 4, 8, 8))
forward = costcalc.cost(graph, conventions=["flopcounter"]).counts["flopcounter"]
print(forward, both.get_total_flops() - forward)  # 4608 18432
