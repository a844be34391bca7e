"""It counts the weight gradient of a grouped convolution as if there were one group

The gradient takes as many mult-adds as the forward pass. With 4 groups the counter reports 4 times as many: its formula
for the backward pass (conv_backward_flop) does not look at the groups. So it reports 20 times the forward pass for a
training step of MobileNet v2, where at most 3 times is possible. costcalc's `train_mult_adds` has the right number; its
rule for the tool is for the forward pass alone.
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
cost = costcalc.cost(graph, conventions=["flopcounter"])
forward, step = cost.counts["flopcounter"], cost["train_mult_adds"].number
print(forward, both.get_total_flops() - forward, 2 * step - forward)  # 4608 18432 4608
