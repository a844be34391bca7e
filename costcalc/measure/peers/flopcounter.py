"""torch's FlopCounterMode, run."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from costcalc.measure.peers import Reported

PACKAGE = "torch"


def report(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Reported:
    """Run the model's forward pass under the counter, without gradients.

    What it counts of attention depends on the device, so a model that is elsewhere is copied to the CPU, without
    its values, which do not matter.
    """
    if any(isinstance(x, torch.Tensor) and x.device.type != "cpu" for x in inputs):
        model = deepcopy(model).to_empty(device="cpu")
        for t in (*model.parameters(), *model.buffers()):
            t.detach().zero_()  # a buffer may be of indices, which have to be there
        inputs = tuple(torch.zeros_like(x, device="cpu") if isinstance(x, torch.Tensor) else x for x in inputs)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(*inputs)
    root = type(model).__name__
    counts = {path: sum(by_op.values()) for path, by_op in counter.get_flop_counts().items()}
    by_module = {path[len(root) + 1 :]: n for path, n in counts.items() if path == root or path.startswith(f"{root}.")}
    return Reported(counter.get_total_flops(), by_module)
