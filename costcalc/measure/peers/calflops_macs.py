"""calflops' MACs, from the same run as its FLOPs."""

from __future__ import annotations

import torch
from torch import nn

from costcalc.measure.peers import Reported
from costcalc.measure.peers.calflops_flops import PACKAGE as PACKAGE
from costcalc.measure.peers.calflops_flops import run


def report(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Reported:
    """Count MACs; by module, with what is below it. Raises what the tool raises; nothing stays patched."""
    return run(model, inputs)[1]
