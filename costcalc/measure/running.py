"""Checks before a torch model is built from a graph, and one-line errors while it runs."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from costcalc.convert.user_code import in_a_line
from costcalc.spec import CostcalcError, Graph, Node
from costcalc.spec.errors import message
from costcalc.spec.node import BlockCall
from costcalc.spec.rules import facts_of
from costcalc.spec.shapes import numel

INTEGER = 8
"""Bytes of a token id."""

RECURRENT = ("gru", "lstm", "rnn")
POOLS = ("avg_pool", "max_pool")

STEPS = 2**24
STEPS_ON_META = 2**12
"""Upper bounds for the steps of a layer (minutes). On the meta device one of a recurrent layer takes milliseconds."""


@contextmanager
def in_one_line(name: str, device: torch.device) -> Iterator[None]:
    """Turn any exception of torch or of a model's own code into a CostcalcError."""
    try:
        yield
    except CostcalcError:
        raise
    except Exception as error:
        if isinstance(error, MemoryError) or "memory" in message(error):
            reason = in_a_line(error).removeprefix("MemoryError: ")
            raise CostcalcError(f"does not fit on {device}: {reason}; --device meta needs no memory") from error
        raise CostcalcError(f"{name} does not run on {device}: {in_a_line(error)}") from error


def check_size(graph: Graph, device: torch.device, dtype: torch.dtype) -> None:
    """Check that a graph can be built and run on a device: a file may have any sizes.

    Raises MemoryError if its weights, buffers, inputs and the tensors of one block, which are held until the block
    returns, need more memory than the device has; CostcalcError for a layer with too many steps.
    """
    size = dtype.itemsize
    held = sum((INTEGER if t.integer else size) * numel(t.shape) for t in graph.inputs)
    modules: dict[str, int] = {}  # elements of weights and buffers per module: a shared layer counts once
    blocks: Counter[BlockCall | None] = Counter()  # bytes of the outputs of their own layers
    not_run = graph.not_run("eval")
    for node in graph.nodes:
        facts = facts_of(node.op, [t.shape for t in node.inputs], node.facts.settings)
        modules[node.path] = sum(map(numel, (*facts.weights.values(), *facts.buffers.values())))
        if node not in not_run:
            blocks[node.block] += size * sum(map(numel, facts.own("eval")))
        most = STEPS_ON_META if device.type == "meta" and node.op in RECURRENT else STEPS
        if _steps(node) > most:
            problem = f"takes {_steps(node):,} steps, one after another; at most {most:,} are run on {device}"
            raise CostcalcError(f"layer {node.name!r} ({node.op}) {problem}")
    held += size * sum(modules.values()) + max(blocks.values(), default=0)
    if device.type != "meta" and held > _memory(device):
        raise MemoryError(f"it needs {held:,} bytes of memory or more, but there are {_memory(device):,}")


def _steps(node: Node) -> int:
    """How often a recurrent layer runs its cell, or the number of elements in a pool's window; 0 for other layers."""
    settings = node.facts.settings
    if node.op in RECURRENT:
        positions: int = node.inputs[0].shape[1 if settings["batch_first"] else 0]
        return positions * int(settings["layers"]) * (2 if settings["bidirectional"] else 1)
    return int(numel(settings["k"])) if node.op in POOLS else 0


def _memory(device: torch.device) -> int:
    """Total bytes of memory of a device."""
    if device.type == "cuda":
        return torch.cuda.get_device_properties(device).total_memory
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
