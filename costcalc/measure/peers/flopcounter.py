"""Run torch's FlopCounterMode."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from torch.utils.module_tracker import ModuleTracker

from costcalc.measure.peers import Reported

PACKAGE = "torch"
CODE = "torch.utils.flop_counter"


def report(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Reported:
    """Run the model's forward pass under the counter, without gradients."""
    counter = FlopCounterMode(display=False)
    with torch.no_grad():
        _run(counter, model, inputs)
    return reported(counter, model)


def reported(counter: FlopCounterMode, model: nn.Module) -> Reported:
    """The counter's numbers, with the paths of modules as the model has them."""
    root = type(model).__name__
    counts = {path: sum(by_op.values()) for path, by_op in counter.get_flop_counts().items()}
    by_module = {path[len(root) + 1 :]: n for path, n in counts.items() if path == root or path.startswith(f"{root}.")}
    return Reported(counter.get_total_flops(), by_module)


def report_derivatives(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Reported:
    """As `report`, for a forward pass that takes derivatives.

    Without modules: the counter would register hooks to find the module of a gradient, which torch refuses inside the
    gradient of an input (register_multi_grad_hook).
    """
    counter = FlopCounterMode(display=False)
    counter.mod_tracker = _Untracked()
    _run(counter, model, inputs)
    return Reported(counter.get_total_flops(), {})


def _run(counter: FlopCounterMode, model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
    """Run the model under the counter.

    Its count of attention depends on the device, so a model on another device is copied to the CPU, without its
    values, which do not matter.
    """
    if any(isinstance(x, torch.Tensor) and x.device.type != "cpu" for x in inputs):
        model = deepcopy(model).to_empty(device="cpu")
        for t in (*model.parameters(), *model.buffers()):
            t.detach().zero_()  # a buffer may hold indices, which must be valid
        inputs = tuple(torch.zeros_like(x, device="cpu") if isinstance(x, torch.Tensor) else x for x in inputs)
    with counter:
        model(*inputs)


class _Untracked(ModuleTracker):
    """A ModuleTracker that does nothing."""

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *args: object) -> None:
        pass
