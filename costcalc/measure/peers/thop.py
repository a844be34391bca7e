"""Run thop's profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import thop
import torch
from torch import nn

from costcalc.measure.peers import Reported

PACKAGE = "thop"
RIVAL = "ultralytics-thop"

Layers = Mapping[str, tuple[float, float, Mapping[str, Any]]]
"""thop's report on a module's children: name -> (ops, params, the same for the child's children)."""


def report(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Reported:
    """Profile the model: thop puts it in eval mode, and then restores the mode of the root on all modules.

    thop leaves the buffers total_ops and total_params on every module without a hook, which would be in the next
    state_dict; they are removed here. After an exception its hooks and eval mode stay too: run it in a separate process
    on a model that is used again.
    """
    try:
        ops, params, layers = thop.profile(model, inputs, verbose=False, ret_layer_info=True)
    finally:
        for module in model.modules():
            for name in ("total_ops", "total_params"):
                if not isinstance(module, torch.jit.ScriptModule):  # has no dict of buffers
                    module._buffers.pop(name, None)
    by_module = {"": int(ops)}
    _add(by_module, "", layers)
    return Reported(int(ops), by_module, int(params))


def _add(by_module: dict[str, int], prefix: str, layers: Layers) -> None:
    for name, (ops, _, inside) in layers.items():
        by_module[prefix + name] = int(ops)
        _add(by_module, f"{prefix}{name}.", inside)
