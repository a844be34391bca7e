"""Before a torch model is built from a graph, and while it runs: what cannot be ends in one line."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from costcalc.convert.user_code import in_a_line
from costcalc.spec import CostcalcError, Graph, Node
from costcalc.spec.errors import message
from costcalc.spec.graph import BlockCall
from costcalc.spec.shapes import numel
from costcalc.spec.trace import facts_of

INTEGER = 8
"""Bytes of a token id."""

RECURRENT = ("gru", "lstm", "rnn")
POOLS = ("avg_pool", "max_pool")

STEPS = 2**24
STEPS_ON_META = 2**12
"""Most steps of a layer, which take minutes. On the meta device a recurrent layer's take milliseconds each."""


@contextmanager
def in_one_line(name: str, device: torch.device) -> Iterator[None]:
    """While this lasts, whatever torch or a model's own code raises becomes a CostcalcError."""
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
    """Check that a graph can be built and run on a device at all: a file can say any size.

    Raises MemoryError if its weights, buffers, inputs and the tensors of one block, which are held until the block
    returns, need more memory than the device has; CostcalcError for a layer of too many steps.
    """
    size = dtype.itemsize
    held = sum((INTEGER if t.integer else size) * numel(t.shape) for t in graph.inputs)
    modules: dict[str, int] = {}  # the elements of each one's weights and buffers: a shared layer's once
    blocks: Counter[BlockCall | None] = Counter()  # bytes that their own layers put out
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
        raise MemoryError(f"it needs {held:,} bytes of memory or more, and there are {_memory(device):,}")


def _steps(node: Node) -> int:
    """How often a recurrent layer runs its cell, and how many elements a pool's window has; 0 for any other layer."""
    settings = node.facts.settings
    if node.op in RECURRENT:
        positions: int = node.inputs[0].shape[1 if settings["batch_first"] else 0]
        return positions * int(settings["layers"]) * (2 if settings["bidirectional"] else 1)
    return int(numel(settings["k"])) if node.op in POOLS else 0


def _memory(device: torch.device) -> int:
    """Bytes of memory that a device has, used or free."""
    if device.type == "cuda":
        return torch.cuda.get_device_properties(device).total_memory
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
