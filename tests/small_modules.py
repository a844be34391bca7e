"""Modules small enough to redo by hand, and helpers for the graphs that are read from them."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from costcalc.analysis.cost import Cost
from costcalc.spec import Graph


def module(forward: Any, **parts: Any) -> nn.Module:
    """A module of these parts, whose forward pass is a function of itself and its inputs."""
    made = type("Made", (nn.Module,), {"forward": forward})()
    for name, part in parts.items():
        setattr(made, name, part)
    return made


def costs(graph: Graph) -> tuple[int, int, str]:
    cost = Cost(graph)
    return cost.params, cost.macs, cost.status


def named(graph: Graph) -> dict[str, str]:
    return {node.name: node.op for node in graph.nodes}


def edges(graph: Graph) -> dict[str, list[str]]:
    return {node.name: [t.name for t in node.inputs] for node in graph.nodes}


def flops(model: nn.Module, *inputs: torch.Tensor) -> int:
    """The count of torch's FlopCounterMode on the meta device."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        copy.deepcopy(model).to("meta")(*[t.to("meta") for t in inputs])
    return counter.get_total_flops()
