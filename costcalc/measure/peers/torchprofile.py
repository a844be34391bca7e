"""torchprofile's profile_macs, run."""

from __future__ import annotations

import warnings

import torch
import torchprofile
from torch import nn

from costcalc.measure.peers import Reported

PACKAGE = "torchprofile"


def report(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Reported:
    """Trace the model in the mode it is in, and count; it must be on a real device (torch 2.14 traces no meta tensors).

    Gradients stay on: without them torch runs a fused attention, over whose trace the tool falls.
    The tool's numbers by traced op name no module, so there are none by module.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one for each kind of op without a handler
        by_op = torchprofile.profile_macs(model, inputs, reduction=None)
    assert isinstance(by_op, dict)
    return Reported(sum(by_op.values()), {})
