"""A linear layer over a sequence comes out low by its length

torchinfo multiplies the weights by the batch; the positions of the sequence, here 10, are dropped. So a vision
transformer gets about a hundredth of its mult-adds.
"""

import torchinfo
from torch import nn

import costcalc
from costcalc.spec import linear

reported = torchinfo.summary(nn.Linear(8, 4, bias=False), (1, 10, 8), verbose=0).total_mult_adds

graph = costcalc.trace(lambda x: linear(x, "fc", 4, bias=False), (1, 10, 8))
cost = costcalc.cost(graph, conventions=["torchinfo"])
print(reported, cost.counts, cost.macs)  # 32 {'torchinfo': 32} 320
