"""What a report says of the setting of its models: inputs, batch and mode."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from costcalc.analysis.cost import Cost
from costcalc.spec import Graph, Tensor
from costcalc.spec.shapes import joined

USUAL = (None, "float32", "int64")
"""Dtypes of inputs that are not told."""


def title(cost: Cost) -> str:
    """``lenet5: input 1x32x32, batch 1, eval mode``"""
    said = f"{cost.graph.name}: input {inputs(cost.graph)}, {batch(cost.graph)}, {mode(cost)}"
    return ", ".join([said, *target(cost)])


def target(cost: Cost) -> list[str]:
    """The dtype of its tensors if one is given, and the full name of the device if there is one."""
    run = cost.run
    return [*([run.given_dtype] if run.given_dtype else []), *([f"on {run.on.name}"] if run.on is not None else [])]


def mode(cost: Cost) -> str:
    """``eval mode``; of train mode also that costs are those of the forward pass, and the column of a whole step."""
    forward = ": the forward pass alone (a whole training step: --columns train_mult_adds)"
    return f"{cost.mode} mode{forward if cost.mode == 'train' else ''}"


def inputs(graph: Graph) -> str:
    """``3x64x64, 2 of 128``: the sizes of all inputs without the batch."""
    alike = Counter(_size(graph, each) for each in graph.inputs)
    return ", ".join(size if n == 1 else f"{n} of {size}" for size, n in alike.items()) or "none"


def batch(graph: Graph) -> str:
    """``batch 8``; or that the inputs have no batch axis."""
    return f"batch {graph.batch}" if graph.batched else "no batch axis"


def shared(costs: Sequence[Cost]) -> str:
    """``batch 1, eval mode``, each if it is the same for all of the costs."""
    batches, modes = {batch(cost.graph) for cost in costs}, {mode(cost) for cost in costs}
    return ", ".join([*(batches if len(batches) == 1 else ()), *(modes if len(modes) == 1 else ()), *target(costs[0])])


def _size(graph: Graph, each: Tensor) -> str:
    size = joined(graph.sizes(each)) or "one number"
    return size if each.dtype in USUAL else f"{size}:{each.dtype}"
