"""What counting tools say of a torch model that their conventions do not predict from the graph that is read of it."""

from __future__ import annotations

import copy
import json
from typing import Any

import torch
import torchvision
from torch import nn
from unfilled import unfilled

from costcalc.conventions import find
from costcalc.convert.data import from_data, to_data
from costcalc.convert.from_torch import from_torch
from costcalc.measure.verify import ON_CUDA, available_tools
from costcalc.measure.worker import PeerError, reports_for
from costcalc.spec import Run


def differences(model: nn.Module, shape: tuple[int, ...], batch: int = 1) -> list[str]:
    """A line for each total, params, number of a module or of bytes; for a tool that fails, or is not predicted.

    Some tools leave torch patched: run it in a process of its own.
    """
    inputs = (torch.zeros(batch, *shape),)
    graph = from_data(json.loads(json.dumps(to_data(from_torch(model, shape, batch)))))  # as `verify` hands it over
    lines = []
    for tool in sorted({*available_tools()} - ON_CUDA):
        convention = find(tool)
        try:
            said = reports_for(tool, copy.deepcopy(model), inputs)[0]
        except PeerError as error:
            lines.append(f"{tool} fails: {str(error).partition(':')[0]}")
            continue
        unpredicted = convention.unpredicted(graph)
        if unpredicted:
            lines.append(f"{tool}: not predicted: {', '.join(unpredicted)}")
            continue
        by_module = convention.by_module(Run(graph))
        numbers = [("total", convention.total(Run(graph)), said.total)]
        first = graph.held.first
        numbers += [(path, by_module.get(first(path), 0), number) for path, number in said.by_module.items()]
        if said.params is not None:
            numbers.append(("params", convention.params(Run(graph)), said.params))
        predicted = convention.memory(Run(graph))
        numbers += [(line, predicted.get(line, 0), size) for line, size in said.memory.items()]
        lines += [f"{tool}: {what} {ours} reported {theirs}" for what, ours, theirs in numbers if ours != theirs]
    return lines


def of_torchvision(name: str, size: int) -> list[str]:
    """The differences of a model of torchvision, built for real, at an image of this size."""
    settings: dict[str, Any] = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    if name.startswith("vit"):
        settings["image_size"] = size
    with unfilled():
        model = torchvision.models.get_model(name, **settings).eval()
    return differences(model, (3, size, size))


def of_users(table: str) -> dict[str, list[list[str]]]:
    """The differences of each model of a table of `users_sequences`, at a batch of 1 and of 2."""
    from users_sequences import TABLES

    shape, models = TABLES[table]
    return {name: [differences(model.eval(), shape, batch) for batch in (1, 2)] for name, model in models.items()}
