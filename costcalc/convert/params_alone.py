"""A torch module without an input -> a Graph of its params alone: no pass is run, and mult-adds are unknown."""

from __future__ import annotations

from typing import Any

from torch import nn

from costcalc.convert.keras_layers import as_torch
from costcalc.convert.lazy_modules import refuse_lazy
from costcalc.spec import Graph, Node
from costcalc.spec.building import Trace
from costcalc.spec.rules import facts_of

NOTE = "No input is given, so that only params are known; for mult-adds give the shape of one, like input={}."

SIZES = {nn.Conv1d: (1000,), nn.Conv2d: (224, 224), nn.Conv3d: (16, 112, 112)}
"""Sizes after the channels in the example of an input."""


def params_alone(module: nn.Module) -> Graph:
    """The Graph of a module's params: an unknown layer per module that has parameters of its own, each weight once.

    Raises CostcalcError for a lazy module.
    """
    with as_torch(module) as held:
        return _params_alone(held, type(module).__name__)


def _params_alone(module: nn.Module, label: str) -> Graph:
    refuse_lazy(module)
    trace = Trace()
    trace.weights.update({name: tuple(p.shape) for name, p in module.named_parameters()})
    own: dict[str, dict[str, Any]] = {}
    for name, shape in trace.weights.items():
        path, _, key = name.rpartition(".")
        own.setdefault(path, {})[key] = shape
    own = own or {"": {}}  # a model without params is not a model without mult-adds
    kinds = dict(module.named_modules())
    nodes = []
    for path, weights in own.items():
        settings = {"aten": type(kinds[path]).__name__, "shapes": (), "weights": weights}
        names = tuple(f"{path}.{key}" if path else key for key in weights)
        nodes.append(Node(path or "weights", "unknown", (), facts_of("unknown", [], settings), names, None))
    buffers = {name: tuple(b.shape) for name, b in module.named_buffers()}
    frozen = frozenset(name for name, p in module.named_parameters() if not p.requires_grad)
    return Graph(label, (), tuple(nodes), (), (), trace.weights, buffers, NOTE.format(_like(module)), frozen)


def _like(module: nn.Module) -> str:
    """A shape that the first layer may take, as an example."""
    for each in module.modules():
        if isinstance(each, nn.Conv1d | nn.Conv2d | nn.Conv3d):
            return str((each.in_channels, *next(sizes for kind, sizes in SIZES.items() if isinstance(each, kind))))
        if isinstance(each, nn.Linear):
            return str((each.in_features,))
        if isinstance(each, nn.Embedding):
            return "(128,), for 128 token ids"
    return str((3, 224, 224))
