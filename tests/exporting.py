"""torch modules as ONNX files, their weights kept as they are."""

from __future__ import annotations

import contextlib
import io
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import nn


def drawn(model: nn.Module) -> nn.Module:
    """The model in eval mode, all its numbers different: the exporter keeps equal tensors once."""
    torch.manual_seed(0)
    for p in model.parameters():
        nn.init.uniform_(p)
    for b in model.buffers():
        if b.is_floating_point():
            nn.init.uniform_(b, 0.5, 1.5)
    return model.eval()


def exported(model: nn.Module, inputs: Any, file: Path, *, dynamo: bool = False, **settings: Any) -> str:
    """Write the model to a file, by one of torch's two exporters, with nothing folded unless the settings say so."""
    kept: dict[str, Any] = {"do_constant_folding": False, "training": torch.onnx.TrainingMode.PRESERVE}
    if dynamo:
        kept = {"optimize": False, "external_data": False, "verbose": False}
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        torch.onnx.export(model, given, str(file), dynamo=dynamo, **{**kept, **settings})
    return str(file)
