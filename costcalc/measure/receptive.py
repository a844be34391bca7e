"""Input positions that an output position depends on, by the gradient of the torch model: the oracle of fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from functools import partial
from typing import Any

import torch
from torch import nn

from costcalc.convert.to_torch import to_torch
from costcalc.spec import Graph
from costcalc.spec.node import Node, Tensor, ancestors
from costcalc.spec.shapes import Shape

SMALL = 1e-6

AVERAGES: Mapping[type[nn.Module], Any] = {
    nn.MaxPool1d: nn.AvgPool1d,
    nn.MaxPool2d: nn.AvgPool2d,
    nn.MaxPool3d: nn.AvgPool3d,
}


def positions(graph: Graph, node: Node, axis: int, at: int, along: int | None = None) -> tuple[int, int]:
    """The first and last position along an axis of the input with a gradient of a node's output at a position.

    The position is counted along the same axis of the output, or `along` another one. The torch model is built from the
    graph; see `positions_of_module`.
    """
    model = _averaging(to_torch(_up_to(graph, node), "cpu", torch.float64))
    x = _input(graph.inputs[0].shape)
    return _with_gradient(model(x), x, axis, at, along)


def positions_of_module(
    model: nn.Module, path: str, shape: Shape, axis: int, at: int, along: int | None = None
) -> tuple[int, int]:
    """The same of the output of one of a model's modules, in its last call, at an input of this shape.

    The model is changed: it runs in float64 and eval mode, with random weights that are positive and divided by the
    number of products in a sum, and a small positive input, so that no ReLU is 0, no sum cancels and none saturates. A
    max pool, whose gradient goes to one position alone, is replaced by an average. Gradients between layers become
    random positive numbers where they are not 0, as products of many small numbers would become 0.
    """
    outputs: list[torch.Tensor] = []
    x = _input(shape)
    model.get_submodule(path).register_forward_hook(lambda module, inputs, output: outputs.append(output))
    _averaging(model.double())(x)
    return _with_gradient(outputs[-1], x, axis, at, along)


def each_position(
    model: nn.Module, paths: Sequence[str], shape: Shape, axis: int, along: int
) -> dict[str, list[set[int]]]:
    """The positions along an axis of the input with a gradient of each position `along` an axis of modules' outputs.

    The model is changed, as by `positions_of_module`.
    """
    outputs: dict[str, torch.Tensor] = {}
    x = _input(shape)
    for path in paths:
        hook = partial(_keep, outputs, path)
        model.get_submodule(path).register_forward_hook(hook)
    _averaging(model.double())(x)
    return {
        path: [
            set(_with_a_number(torch.autograd.grad(row.sum(), x, retain_graph=True)[0], axis).tolist())
            for row in outputs[path].unbind(along)
        ]
        for path in paths
    }


def _keep(outputs: dict[str, torch.Tensor], path: str, module: nn.Module, inputs: object, output: torch.Tensor) -> None:
    outputs[path] = output


def _input(shape: Shape) -> torch.Tensor:
    return torch.full(shape, SMALL, dtype=torch.float64, requires_grad=True)


def _with_gradient(output: torch.Tensor, x: torch.Tensor, axis: int, at: int, along: int | None) -> tuple[int, int]:
    output.select(axis if along is None else along, at).sum().backward()  # type: ignore[no-untyped-call]
    if x.grad is None:
        raise ValueError("the output does not depend on the input")
    found = _with_a_number(x.grad, axis)
    return int(found.min()), int(found.max())


def _with_a_number(gradient: torch.Tensor, axis: int) -> torch.Tensor:
    """Positions along an axis at which a gradient is not 0."""
    return gradient.abs().amax([each for each in range(gradient.dim()) if each != axis]).nonzero().flatten()


def _up_to(graph: Graph, node: Node) -> Graph:
    """The part of a network that a node depends on."""
    part, needed = copy(graph), ancestors([node])
    part.nodes = tuple(each for each in graph.nodes if each in needed)
    part.outputs, part.train_outputs = (Tensor(graph.inputs[0].trace, node.facts.outputs[0], node, 0),), ()
    return part


def _averaging(model: nn.Module) -> nn.Module:
    """Set all weights, and let max pools average."""
    for module in model.modules():
        average = AVERAGES.get(type(module))
        if average is not None:
            pool = average(module.kernel_size, module.stride, module.padding, module.ceil_mode)
            module.forward = pool.forward
        if not next(module.children(), None):
            module.register_forward_hook(_alike)
    for name, weight in model.named_parameters():
        scale = 0.0 if name.endswith("bias") else 1 / weight[0].numel() if weight.dim() > 1 else 1.0
        with torch.no_grad():
            weight.copy_(scale * _random(weight))
    return model.eval()


def _random(like: torch.Tensor) -> torch.Tensor:
    """Numbers between 1/2 and 3/2: equal ones would have no gradient through a norm."""
    return torch.rand(like.shape, dtype=like.dtype, generator=torch.Generator().manual_seed(0)) + 0.5


def _alike(module: nn.Module, inputs: object, output: torch.Tensor) -> None:
    """Let the gradients of a layer's output be of a size where they are not 0."""
    output.register_hook(  # type: ignore[no-untyped-call]
        lambda gradient: (gradient != 0) * _random(gradient)
    )
