"""Params of layers without a hook are left out

thop has no hook for a group norm, and counts params only of modules with a hook.
"""

import thop
import torch
from torch import nn

import costcalc
from costcalc.conventions import find
from costcalc.spec import Run, conv, group_norm

model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.GroupNorm(2, 4))
_, reported = thop.profile(model, (torch.zeros(1, 3, 5, 5),), verbose=False)

graph = costcalc.trace(lambda x: group_norm(conv(x, "conv", 4, k=1), "norm", groups=2), (1, 3, 5, 5))
predicted = find("thop").params(Run(graph))
print(int(reported), predicted, costcalc.cost(graph).params)  # 16 16 24
