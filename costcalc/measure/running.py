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

STEPS = 2**24
STEPS_ON_META = 2**12
"""Steps of a recurrent layer that are run: minutes. On the meta device each takes milliseconds."""


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
    returns, need more memory than the device has; CostcalcError for a recurrent layer of too many steps.
    """
    size, steps = dtype.itemsize, STEPS_ON_META if device.type == "meta" else STEPS
    held = sum((INTEGER if t.integer else size) * numel(t.shape) for t in graph.inputs)
    modules: dict[str, int] = {}  # the elements of each one's weights and buffers: a shared layer's once
    blocks: Counter[BlockCall | None] = Counter()  # bytes that their own layers put out
    not_run = graph.not_run("eval")
    for node in graph.nodes:
        facts = facts_of(node.op, [t.shape for t in node.inputs], node.facts.settings)
        modules[node.path] = sum(map(numel, (*facts.weights.values(), *facts.buffers.values())))
        if node not in not_run:
            blocks[node.block] += size * sum(map(numel, facts.own("eval")))
        if node.op in RECURRENT and _steps(node) > steps:
            raise CostcalcError(
                f"layer {node.name!r} ({node.op}) takes {_steps(node):,} steps, one after another; on {device} at most "
                f"{steps:,} are run"
            )
    held += size * sum(modules.values()) + max(blocks.values(), default=0)
    if device.type != "meta" and held > _memory(device):
        raise MemoryError(f"it needs {held:,} bytes of memory or more, and there are {_memory(device):,}")


def _steps(node: Node) -> int:
    """How often a recurrent layer runs its cell: positions times layers times directions."""
    settings, (x, *_) = node.facts.settings, node.inputs
    positions: int = x.shape[1 if settings["batch_first"] else 0]
    return positions * int(settings["layers"]) * (2 if settings["bidirectional"] else 1)


def _memory(device: torch.device) -> int:
    """Bytes of memory that a device has, used or free."""
    if device.type == "cuda":
        return torch.cuda.get_device_properties(device).total_memory
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
