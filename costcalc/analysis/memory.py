"""Memory of a network: what a forward pass holds, what training adds, and the largest batch that fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple

from costcalc.analysis.quantities import find
from costcalc.analysis.quantity import INCOMPLETE, Amount
from costcalc.analysis.saved import saved_storages
from costcalc.analysis.storages import Storage, Storages
from costcalc.spec import arguments
from costcalc.spec.dtypes import itemsize, torch_name
from costcalc.spec.errors import CostcalcError
from costcalc.spec.graph import Graph, Mode
from costcalc.spec.node import BlockCall, Node
from costcalc.spec.progress import task
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel

STATES = {"sgd": 0, "momentum": 1, "adam": 2, "adamw": 2}
"""Numbers that an optimizer keeps per trained param."""

STEP = 4
"""Bytes of the step that Adam keeps per trained tensor."""

LINES = 8
"""Batches that are tried along a line; after them the interval is halved."""

KINDS = ("float16", "bfloat16", "float32", "float64")


class Peak(NamedTuple):
    """The most bytes of activations alive at once, and the first layer at which they are."""

    amount: Amount
    layer: str


class Checkpointed(NamedTuple):
    """Bytes saved if each block keeps its inputs alone and runs again in the backward pass: those, what layers outside
    of the blocks save, and what the largest block saves.

    depth   of the blocks, as in by_block; blocks: their number
    """

    nbytes: int
    depth: int
    blocks: int


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that a network holds, in one mode.

    inputs        tensors that the caller holds
    peak          as torch runs it, without autograd; last_use: what the graph needs
    saved         for the backward pass; checkpointed: with the best depth of blocks, None without blocks
    saved_inputs  of these the inputs of the network, which the caller holds: the total has them once
    optimizer     its name; empty: the network is not trained
    """

    graph: Graph
    mode: Mode
    params: Amount
    buffers: Amount
    inputs: int
    activations: Amount
    peak: Peak
    last_use: Peak
    saved: Amount
    checkpointed: Checkpointed | None
    saved_inputs: int
    optimizer: str = ""
    mixed: bool = False
    gradients: int = 0
    state: int = 0

    @property
    def training(self) -> bool:
        """True if gradients and the state of an optimizer are held."""
        return bool(self.optimizer)

    @property
    def fixed(self) -> int:
        """What the network holds at any batch: params, buffers, gradients and the optimizer's state."""
        trained = self.gradients + self.state if self.training else 0
        return self.params.number_or_0 + self.buffers.number_or_0 + trained

    @property
    def total(self) -> int:
        """Params, buffers, inputs and the peak of activations; in training gradients, optimizer and saved too."""
        saved = self.saved.number_or_0 - self.saved_inputs if self.training else 0
        return self.fixed + self.inputs + self.peak.amount.number_or_0 + saved

    @property
    def complete(self) -> bool:
        """False if the total is a lower bound."""
        parts = [self.peak.amount, *([self.saved] if self.training else [])]
        return all(part.status not in INCOMPLETE for part in parts)


def memory(
    graph: Graph, mode: Mode = "eval", dtype: str = "float32", optimizer: str = "", mixed: bool = False
) -> Memory:
    """The Memory of a graph.

    dtype      of its floating-point tensors
    optimizer  one of STATES: the network is trained with it; empty: it is not
    mixed      True for weights, gradients and activations in bfloat16, with a copy of the weights in float32 for the
               optimizer: 16 bytes per param with Adam

    Raises CostcalcError for another optimizer or dtype, and for sizes that are arrays or symbols.
    """
    if optimizer and optimizer not in STATES:
        raise CostcalcError(f"unknown optimizer {optimizer!r}; there are {', '.join(STATES)}")
    dtype = torch_name(arguments.text("dtype", dtype))
    if dtype not in KINDS:
        raise CostcalcError(f"dtype {dtype!r}: expected one of {', '.join(KINDS)}")
    if mixed and not optimizer:
        raise CostcalcError("mixed precision is of training: give an optimizer")
    run = Run(graph, mode, "bfloat16" if mixed else dtype)
    trained = {name: shape for name, shape in graph.weights.items() if name not in graph.frozen}
    sizes = {name: numel(shape) for name, shape in trained.items()}
    own = {name: itemsize(graph.dtypes.get(name, run.dtype)) for name in trained}
    gradients = sum(size * own[name] for name, size in sizes.items())
    states, saved = STATES.get(optimizer, 0), saved_storages(run, Storages(run))
    state = sum(size * (4 * (states + 1) if mixed else states * own[name]) for name, size in sizes.items())
    return Memory(
        graph,
        mode,
        _total("param_bytes", run),
        _total("buffer_bytes", run),
        sum(storage.nbytes for storage in Storages(run).inputs),
        _total("activation_bytes", run),
        _peak("peak_memory", run),
        _peak("peak_memory_last_use", run),
        _total("saved_for_backward", run),
        checkpointed(run),
        sum(each.nbytes for kept in saved.values() for each in kept or () if each.of_caller),
        optimizer,
        mixed,
        gradients if optimizer else 0,
        state + (STEP * len(trained) if optimizer in ("adam", "adamw") else 0),
    )


def largest_batch(first: Memory, at: Callable[[int], Memory], nbytes: int) -> int:
    """The largest batch whose total is at most that many bytes; 0 if one input is too much.

    first  the memory at any batch
    at     gives the memory at a batch: the network is read again

    The total is linear in the batch, or piecewise where another layer makes the peak: the next batch to try is where
    the line through the last two reaches `nbytes`, so that two or three reads are enough. The last of them show that
    the answer fits and that the next batch does not.
    """
    low = high = 0  # the largest batch that fits, and the smallest that does not; 0: none is known
    before, last = (0, first.fixed), (int(first.graph.batch), first.total)
    with task("the largest batch that fits") as shown:
        for tried in count():
            low, high = (last[0], high) if last[1] <= nbytes else (low, last[0])
            if high - low == 1:
                break
            width, rise = last[0] - before[0], last[1] - before[1]
            if width * rise > 0 and tried < LINES:
                guess = last[0] + (nbytes - last[1]) * width // rise
            else:
                guess = (low + high) // 2 if high else 2 * low
            guess = max(low + 1, min(guess, high - 1) if high else guess)
            shown.detail = f"batch {guess:,}"
            before, last = last, (guess, at(guess).total)
    return low


def checkpointed(run: Run) -> Checkpointed | None:
    """The least bytes saved with activation checkpointing by block, over the depths of blocks."""
    paths = {node: _calls(node) for node in run.nodes}
    deepest = max([len(calls) for calls in paths.values()], default=0)
    storages = Storages(run)
    saved = saved_storages(run, storages)
    found = []
    for depth in range(1, deepest + 1):
        inside: dict[BlockCall, list[Node]] = {}
        for node, calls in paths.items():
            if len(calls) >= depth:
                inside.setdefault(calls[depth - 1], []).append(node)
        groups = {call: nodes for call, nodes in inside.items() if any(saved[node] for node in nodes)}
        within = {node for nodes in groups.values() for node in nodes}
        kept = dict.fromkeys(_entering(groups, storages))
        kept.update(dict.fromkeys(each for node in run.nodes if node not in within for each in saved[node] or ()))
        largest = max([_fresh(nodes, saved, kept) for nodes in groups.values()], default=0)
        found.append(Checkpointed(sum(each.nbytes for each in kept) + largest, depth, len(groups)))
    return min(found, default=None)


def _entering(groups: dict[BlockCall, list[Node]], storages: Storages) -> list[Storage]:
    """Storages of the tensors that blocks read and do not make."""
    found = []
    for nodes in groups.values():
        own = set(nodes)
        found += [storages[t] for node in nodes for t in node.inputs if t.node not in own]
    return [each for each in found if not each.held]


def _fresh(nodes: list[Node], saved: dict[Node, list[Storage] | None], kept: dict[Storage, None]) -> int:
    return sum(each.nbytes for node in nodes for each in saved[node] or () if each not in kept)


def _calls(node: Node) -> list[BlockCall]:
    """The block calls that a node is in, the outermost first."""
    found, call = list[BlockCall](), node.block
    while call is not None:
        found.append(call)
        call = call.parent
    return found[::-1]


def _total(key: str, run: Run) -> Amount:
    return find(key).total(run, lambda quantity: quantity.layers(run))


def _peak(key: str, run: Run) -> Peak:
    quantity = find(key)
    layers: Any = quantity.layers(run)
    amount = quantity.total(run, lambda _: layers)
    return Peak(amount, next((node.name for node, each in layers.items() if each.number == amount.number), ""))
