"""A convolution with padding="same" counts nothing

The trace has aten::_convolution_mode, which fvcore has no handle for: it warns of an unsupported operator, and adds
nothing. The model that costcalc builds has padding=1 if both sides are padded equally, which fvcore counts; an even
window, as here, must be padded "same".
"""

import torch
from fvcore.nn import FlopCountAnalysis
from torch import nn

import costcalc
from costcalc.spec import conv

analysis = FlopCountAnalysis(nn.Conv2d(3, 4, 2, padding="same"), torch.zeros(1, 3, 8, 8))
reported = analysis.unsupported_ops_warnings(False).total()

graph = costcalc.trace(lambda x: conv(x, "conv", 4, k=2, padding="same"), (1, 3, 8, 8))
cost = costcalc.cost(graph, conventions=["fvcore"])
print(reported, cost.counts, cost.macs)  # 0 {'fvcore': 0} 3072
