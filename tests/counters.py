"""What counting tools say of a torch model that their conventions do not predict from the graph that is read of it."""

from __future__ import annotations

import copy
import json

import torch
from torch import nn

from costcalc.conventions import find
from costcalc.convert.data import from_data, to_data
from costcalc.convert.from_torch import from_torch
from costcalc.measure.verify import tools_there_are
from costcalc.measure.worker import PeerError, said_of
from costcalc.spec import Run


def differences(model: nn.Module, shape: tuple[int, ...], batch: int = 1) -> list[str]:
    """A line for each total, params, number of a module or of bytes; for a tool that fails, or is not predicted.

    Some tools leave torch patched: run it in a process of its own.
    """
    inputs = (torch.zeros(batch, *shape),)
    graph = from_data(json.loads(json.dumps(to_data(from_torch(model, shape, batch)))))  # as `verify` hands it over
    lines = []
    for tool in tools_there_are():
        convention = find(tool)
        try:
            said = said_of(tool, copy.deepcopy(model), inputs)[0]
        except PeerError as error:
            lines.append(f"{tool} fails: {str(error).partition(':')[0]}")
            continue
        unpredicted = convention.unpredicted(graph)
        if unpredicted:
            lines.append(f"{tool}: not predicted: {', '.join(unpredicted)}")
            continue
        by_module = convention.by_module(Run(graph))
        numbers = [("total", convention.total(Run(graph)), said.total)]
        numbers += [(path, by_module.get(path, 0), number) for path, number in said.by_module.items()]
        if said.params is not None:
            numbers.append(("params", convention.params(Run(graph)), said.params))
        predicted = convention.memory(Run(graph))
        numbers += [(line, predicted.get(line, 0), size) for line, size in said.memory.items()]
        lines += [f"{tool}: {what} {ours} reported {theirs}" for what, ours, theirs in numbers if ours != theirs]
    return lines
