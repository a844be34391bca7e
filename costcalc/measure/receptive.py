"""Input positions that an output position depends on, by the gradient of the torch model: the oracle of fields."""

from __future__ import annotations

from copy import copy

import torch
from torch import nn

from costcalc.convert.to_torch import to_torch
from costcalc.spec import Graph
from costcalc.spec.node import Node, Tensor, ancestors

SMALL = 1e-6


def positions(graph: Graph, node: Node, axis: int, at: int) -> tuple[int, int]:
    """The first and last position along an axis of the input with a gradient of a node's output at a position.

    The model runs in float64 and eval mode, with all weights equal, positive and divided by the number of products in a
    sum, and a small positive input: so that no ReLU is 0, no sum cancels and none saturates. A max pool, whose gradient
    goes to one position alone, is replaced by an average. Gradients between layers become 1 where they are not 0, as
    products of many small numbers would become 0.
    """
    model = _averaging(to_torch(_up_to(graph, node), "cpu", torch.float64)).eval()
    (x,) = [torch.full(t.shape, SMALL, dtype=torch.float64, requires_grad=True) for t in graph.inputs]
    model(x).select(axis, at).sum().backward()
    if x.grad is None:
        raise ValueError(f"{node.name} does not depend on the input")
    others = [each for each in range(x.dim()) if each != axis]
    found = x.grad.abs().amax(others).nonzero()
    return int(found.min()), int(found.max())


def _up_to(graph: Graph, node: Node) -> Graph:
    """The part of a network that a node depends on."""
    part, needed = copy(graph), ancestors([node])
    part.nodes = tuple(each for each in graph.nodes if each in needed)
    part.outputs, part.train_outputs = (Tensor(graph.inputs[0].trace, node.facts.outputs[0], node, 0),), ()
    return part


def _averaging(model: nn.Module) -> nn.Module:
    """Set all weights, and let max pools average."""
    for module in model.modules():
        if isinstance(module, nn.MaxPool2d):
            pool = nn.AvgPool2d(module.kernel_size, module.stride, module.padding, module.ceil_mode)
            module.forward = pool.forward  # type: ignore[method-assign]
        if not next(module.children(), None):
            module.register_forward_hook(_as_ones)
    for name, weight in model.named_parameters():
        value = 1 / weight[0].numel() if weight.dim() > 1 else 1.0
        nn.init.constant_(weight, 0.0 if name.endswith("bias") else value)
    return model


def _as_ones(module: nn.Module, inputs: object, output: torch.Tensor) -> None:
    """Set the gradient of a layer's output to 1 where it is not 0."""
    output.register_hook(  # type: ignore[no-untyped-call]
        lambda gradient: (gradient != 0).to(gradient.dtype)
    )
