"""Run torchprofile's profile_macs."""

from __future__ import annotations

import warnings

import torch
import torchprofile
from torch import nn

from costcalc.measure.peers import Reported

PACKAGE = "torchprofile"


def report(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Reported:
    """Trace the model in its current mode, and count. It must not be on the meta device (torch 2.14 cannot trace that).

    Gradients stay on: without them torch runs a fused attention, on whose trace the tool fails.
    There are no numbers by module, since the tool's traced ops do not name their module.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one per kind of op without a handler
        by_op = torchprofile.profile_macs(model, inputs, reduction=None)
    assert isinstance(by_op, dict)
    return Reported(sum(by_op.values()), {})
