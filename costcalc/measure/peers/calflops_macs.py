"""Run calflops and report its MACs."""

from __future__ import annotations

import torch
from torch import nn

from costcalc.measure.peers import Reported
from costcalc.measure.peers.calflops_flops import PACKAGE as PACKAGE
from costcalc.measure.peers.calflops_flops import run


def report(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Reported:
    """Count MACs; by module, submodules included. Raises the tool's exceptions; restores patched functions."""
    return run(model, inputs)[1]
