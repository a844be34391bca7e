"""Only the adaptive average pool counts, no other pool

1 per input element of an adaptive average pool, and only in two dimensions; max pools and average pools are
unsupported operators, and add nothing.
"""

import torch
from fvcore.nn import FlopCountAnalysis
from torch import nn

import costcalc
from costcalc.spec import adaptive_avg_pool, avg_pool

model = nn.Sequential(nn.AvgPool2d(2), nn.AdaptiveAvgPool2d(1))
reported = FlopCountAnalysis(model, torch.zeros(1, 3, 8, 8)).unsupported_ops_warnings(False).total()

graph = costcalc.trace(lambda x: adaptive_avg_pool(avg_pool(x, k=2), "pool", 1), (1, 3, 8, 8))
cost = costcalc.cost(graph, conventions=["fvcore"])
print(reported, cost.counts, cost.macs)  # 48 {'fvcore': 48} 0
