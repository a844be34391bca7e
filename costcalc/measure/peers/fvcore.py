"""Run fvcore's FlopCountAnalysis."""

from __future__ import annotations

import torch
from fvcore.nn import FlopCountAnalysis
from torch import nn

from costcalc.measure.peers import Reported

PACKAGE = "fvcore"


def report(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Reported:
    """Trace the model in its current mode, and count."""
    analysis = FlopCountAnalysis(model, inputs).unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    return Reported(int(analysis.total()), {path: int(count) for path, count in analysis.by_module().items()})
