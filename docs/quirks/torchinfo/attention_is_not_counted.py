"""torch's attention counts nothing

torchinfo counts leaf modules. nn.MultiheadAttention is not a leaf, since it has out_proj inside; and out_proj is
never called as a module.
"""

import torch
import torchinfo
from torch import nn

import costcalc
from costcalc.spec import multi_head_attention

x = torch.zeros(1, 5, 8)
model = nn.MultiheadAttention(8, heads := 2, bias=False, batch_first=True)
reported = torchinfo.summary(model, input_data=[x, x, x], verbose=0).total_mult_adds

graph = costcalc.trace(lambda x: multi_head_attention(x, "attention", heads=heads, bias=False), (1, 5, 8))
cost = costcalc.cost(graph, conventions=["torchinfo"])
print(reported, cost.counts, cost.macs)  # 0 {'torchinfo': 0} 1680
