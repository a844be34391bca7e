"""Run ptflops' aten backend."""

from __future__ import annotations

import torch
from torch import nn

from costcalc.measure.peers import Reported
from costcalc.measure.peers.ptflops import run

PACKAGE = "ptflops"


def report(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Reported:
    """Count; by module, the model's children, the only modules that the tool hooks, and "" for the model.

    The tool leaves its hooks on the children. Raises the exception that the tool prints if its run fails.
    """
    total, params, printed = run(model, inputs, "aten")
    by_module: dict[str, int] = {"": total}
    path = ""
    for line in printed.splitlines():  # "Module:  NAME", then "aten.OP: N Mac" per op; "Global" is the model
        if line.startswith("Module:  "):
            path = line.removeprefix("Module:  ")
        elif line.startswith("aten.") and path != "Global":
            by_module[path] = by_module.get(path, 0) + int(line.split()[1])
    return Reported(total, by_module, params)
