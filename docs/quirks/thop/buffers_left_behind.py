"""It leaves buffers on the model, which its next state_dict then has

Every module that thop has no hook for keeps total_ops and total_params. costcalc runs thop in a process of its own.
"""

import thop
import torch
from torch import nn

model = nn.Sequential(nn.Linear(3, 4), nn.Sigmoid())
thop.profile(model, (torch.zeros(1, 3),), verbose=False)

print([name for name in model.state_dict() if name.startswith("1.")])  # ['1.total_ops', '1.total_params']
