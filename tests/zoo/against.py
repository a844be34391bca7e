"""Hold a zoo network against one that costcalc did not make."""

from __future__ import annotations

from math import prod

import torch
from torch import nn

from costcalc import zoo
from costcalc.convert.to_torch import to_torch


def is_the_same_network(name: str, other: nn.Module, size: int | None = None, **build: object) -> None:
    """Equal state_dict keys and shapes and, with the same random weights, equal outputs: float64, to 1e-9."""
    network = zoo.find(name)
    channels, *sides = network.input
    graph = network.build(input=(channels, *([size] * len(sides) if size else sides)), batch=2)
    other = other.double().eval()
    ours = to_torch(graph, dtype=torch.float64)
    assert {k: tuple(v.shape) for k, v in ours.state_dict().items()} == {
        k: tuple(v.shape) for k, v in other.state_dict().items()
    }
    torch.manual_seed(0)
    state = {
        key: torch.rand_like(value) * 0.1 + 0.5 if key.endswith("running_var") else torch.randn_like(value) * 0.05
        for key, value in other.state_dict().items()
        if value.is_floating_point()
    }
    other.load_state_dict(state, strict=False)
    ours.load_state_dict(state, strict=False)
    with torch.no_grad():
        x = torch.randn(graph.inputs[0].shape, dtype=torch.float64)
        expected, made = other(x), ours(x)
    assert expected.abs().max() > 0
    assert torch.allclose(made, expected, rtol=1e-9, atol=1e-9)


def totals(name: str) -> tuple[int, int]:
    """Params and mult-adds of a network at its own input: of all layers, auxiliary heads in training too."""
    graph = zoo.find(name).build()
    params = sum(prod(shape) for shape in graph.weights.values())
    return params, sum(node.facts.macs.value for node in graph.nodes if node.facts.macs)
