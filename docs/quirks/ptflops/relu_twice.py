"""A ReLU counts twice, and so do pools

The module has a hook, and the function that the module calls is patched: both count.
"""

from ptflops import get_model_complexity_info
from torch import nn

import costcalc
from costcalc.spec import relu

model = nn.Sequential(nn.ReLU())
reported, _ = get_model_complexity_info(model, (3, 8, 8), as_strings=False, print_per_layer_stat=False)

graph = costcalc.trace(lambda x: relu(x), (1, 3, 8, 8))
cost = costcalc.cost(graph, conventions=["ptflops"])
print(reported, cost.counts, cost.macs)  # 384 {'ptflops': 384} 0
