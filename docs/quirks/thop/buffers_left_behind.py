"""It leaves buffers on the model, which are then in its state_dict

Every module without a hook keeps total_ops and total_params. costcalc runs thop in a process of its own.
"""

import thop
import torch
from torch import nn

model = nn.Sequential(nn.Linear(3, 4), nn.Sigmoid())
thop.profile(model, (torch.zeros(1, 3),), verbose=False)

print([name for name in model.state_dict() if name.startswith("1.")])  # ['1.total_ops', '1.total_params']
