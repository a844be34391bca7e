"""A transposed convolution counts at every position of its output

Each element of the input is spread over one window; thop takes a window per output element, which is about stride²
times as much: here 4 times.
"""

import thop
import torch
from torch import nn

import costcalc
from costcalc.spec import conv_transpose

model = nn.Sequential(nn.ConvTranspose2d(3, 4, 2, stride=2, bias=False))
reported, _ = thop.profile(model, (torch.zeros(1, 3, 5, 5),), verbose=False)

graph = costcalc.trace(lambda x: conv_transpose(x, "up", 4, k=2, stride=2, bias=False), (1, 3, 5, 5))
cost = costcalc.cost(graph, conventions=["thop"])
print(int(reported), cost.counts, cost.macs)  # 4800 {'thop': 4800} 1200
