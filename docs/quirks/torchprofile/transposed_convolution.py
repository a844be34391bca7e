"""A transposed convolution counts at every position of its output

As in thop; and its groups are left out unless there are as many output as input channels.
"""

import torch
import torchprofile
from torch import nn

import costcalc
from costcalc.spec import conv_transpose

model = nn.ConvTranspose2d(6, 4, 2, stride=2, groups=2, bias=False)
reported = torchprofile.profile_macs(model, torch.zeros(1, 6, 5, 5))

graph = costcalc.trace(lambda x: conv_transpose(x, "up", 4, k=2, stride=2, groups=2, bias=False), (1, 6, 5, 5))
cost = costcalc.cost(graph, conventions=["torchprofile"])
print(reported, cost.counts, cost.macs)  # 9600 {'torchprofile': 9600} 1200
