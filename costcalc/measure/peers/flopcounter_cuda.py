"""Run torch's FlopCounterMode on a model on CUDA."""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from costcalc.measure.peers import Reported
from costcalc.measure.peers.flopcounter import CODE, PACKAGE, reported

__all__ = ["CODE", "PACKAGE", "report"]


def report(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Reported:
    """Run the model's forward pass under the counter on its own device, without gradients."""
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        model(*inputs)
    return reported(counter, model)
