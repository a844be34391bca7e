"""After an exception torch stays patched

calflops puts its own functions in torch.nn.functional while the model runs, and takes them out after; if the
model fails they stay, in every model of the process. costcalc runs calflops in a process of its own.
"""

import torch
from torch import nn
from torch.nn import functional

from costcalc.measure.peers.calflops_flops import calflops  # a bare import calflops needs transformers too

before = functional.linear
try:
    calflops.calculate_flops(nn.Linear(3, 4), args=[torch.zeros(1, 5)], print_results=False)
except RuntimeError:
    print(functional.linear is before)  # False
