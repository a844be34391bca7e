"""The count of attention depends on the device

On the CPU torch runs attention as a fused kernel that has no formula, and the counter reports 0; on CUDA the fused
kernels have formulas. costcalc's rule, and its run of the tool, are those of the CPU.
"""

import torch
from torch.nn.functional import scaled_dot_product_attention as attend
from torch.utils.flop_counter import FlopCounterMode

import costcalc
from costcalc.spec import scaled_dot_product_attention

with FlopCounterMode(display=False) as counter, torch.no_grad():
    q = torch.zeros(1, 2, 5, 8)
    attend(q, q, q)
reported = counter.get_total_flops()

graph = costcalc.trace(lambda q: scaled_dot_product_attention(q, q, q), (1, 2, 5, 8))
cost = costcalc.cost(graph, conventions=["flopcounter"])
print(reported, cost.counts, 2 * cost.macs)  # 0 {'flopcounter': 0} 1600
