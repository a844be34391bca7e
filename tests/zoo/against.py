"""Hold a zoo network against one that costcalc did not make."""

from __future__ import annotations

from math import prod

import torch
from torch import nn

from costcalc import zoo
from costcalc.convert.to_torch import to_torch


def is_the_same_network(name: str, other: nn.Module, size: int | None = None) -> None:
    """Equal state_dict keys and shapes and, with the same random weights, equal outputs: float64, to 1e-9."""
    network = zoo.find(name)
    channels, *sides = network.input
    graph = network.build(input=(channels, *([size] * len(sides) if size else sides)), batch=2)
    ours = to_torch(graph, dtype=torch.float64)
    assert {k: tuple(v.shape) for k, v in ours.state_dict().items()} == {
        k: tuple(v.shape) for k, v in other.state_dict().items()
    }
    torch.manual_seed(0)
    x = torch.randn(graph.inputs[0].shape, dtype=torch.float64)
    with torch.no_grad():
        for p in other.parameters():
            if p.dim() > 1:  # by fan-in, so that the first layer's signal reaches the output
                p.uniform_(-((6 / p[0].numel()) ** 0.5), (6 / p[0].numel()) ** 0.5)
            else:
                p.add_(torch.randn_like(p), alpha=0.05)
        other = other.double()
        norms = [m for m in other.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
        for norm in norms:
            norm.momentum = 1.0
        if norms:
            other.train()(x)  # sets the running statistics to what is there, for the same reason
        ours.load_state_dict(other.state_dict())
        expected, made = other.eval()(x), ours(x)
    assert (expected[0] - expected[1]).abs().max() > 1e-4  # the outputs depend on the input
    assert torch.allclose(made, expected, rtol=1e-9, atol=1e-9)


def totals(name: str) -> tuple[int, int]:
    """Params and mult-adds of a network at its own input: of all layers, auxiliary heads in training too."""
    graph = zoo.find(name).build()
    params = sum(prod(shape) for shape in graph.weights.values())
    return params, sum(node.facts.macs.value for node in graph.nodes if node.facts.macs)
