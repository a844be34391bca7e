"""Lifetimes: until which node each storage of a pass is alive, and the peak of their bytes.

By last use, a tensor ends with the last node that reads it. Eager, as torch runs a model, the frames of its code hold
more: what a read has seen them hold (`Graph.until`), otherwise the inputs of a block until the block returns, as
in the models that `to_torch` builds. The inputs of the network, and what exists before it runs, are not counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from costcalc.analysis.attention_products import by_products, is_copied
from costcalc.analysis.fused import fused
from costcalc.analysis.one_kernel import is_part, kernels
from costcalc.analysis.quantity import NOT_RUN, Amount, Layers
from costcalc.analysis.storages import Storage, Storages
from costcalc.analysis.strides import is_contiguous
from costcalc.spec.node import BlockCall, Node, Tensor
from costcalc.spec.noticed import NO_CONSTANTS
from costcalc.spec.numbers import larger
from costcalc.spec.run import Run
from costcalc.spec.saves import Extra


class Alive(NamedTuple):
    """The bytes that are alive while a node runs; complete: False if its kernel may make tensors that are not known."""

    nbytes: Any
    complete: bool


def alive(run: Run, eager: bool) -> dict[Node, Alive]:
    """The bytes that are alive while each node runs, its inputs and outputs included."""
    storages = Storages(run)
    last, returned = _last(run, storages, eager), _returned(run, storages)
    ends: list[list[Storage]] = [[] for _ in run.nodes]
    for storage, number in last.items():
        ends[number].append(storage)
    now, made = 0, set[Storage]()
    layers = [*fused(run), *kernels(run)] if eager else []
    hidden = {node for nodes in layers for node in nodes[:-1]}
    in_kernel = {node for nodes in layers for node in nodes if not is_part(node)}
    seen = eager and run.graph.until is not None  # how long constants are alive
    found = dict[Node, Alive]()
    for number, node in enumerate(run.nodes):
        of_constants = node.noticed.made if seen else NO_CONSTANTS
        earlier = now
        for storage in storages.of(node):
            if storage.own and storage not in made and node not in hidden and not (seen and storage.constant):
                made.add(storage)
                now += storage.nbytes
        beside, known = _beside(node, run, storages) if eager and node not in in_kernel else (0, True)
        most = now + beside
        if of_constants != NO_CONSTANTS:
            before, during, after = map(storages.size, of_constants[:3])
            most = max(earlier + before, most + during, sum([storage.nbytes for storage in returned]) + after)
        found[node] = Alive(most, known and (node.facts.macs is not None or bool(node.facts.outputs)))
        now -= sum([storage.nbytes for storage in ends[number] if storage in made])
    return found


def _beside(node: Node, run: Run, storages: Storages) -> tuple[Any, bool]:
    """The bytes that a kernel makes beside its outputs, and True; 0 and False if they are not known."""
    made = node.facts.made_beside(run.mode)
    if made is None or node.facts.saved(run.mode) is None or is_part(node):
        return 0, False
    if by_products(node, storages):
        known = node.facts.settings.get("dropout") and not any(is_copied(node, i, storages) for i in range(3))
        if not known:
            return 0, False
    copied = sum([each.nbytes for each in storages.copies(node)])
    if _adds_its_bias(node, storages):  # the product, before the bias is added; the copy is gone by then
        copied = larger(copied, storages.nbytes(Extra(node.facts.outputs[0]), node))
    return sum([storages.nbytes(each, node) for each in made]) + copied, True


def _adds_its_bias(node: Node, storages: Storages) -> bool:
    """True of a linear layer on more than two axes that are not contiguous: torch then takes no fused kernel.

    Source: linear in aten/native/Linear.cpp.
    """
    if node.op != "linear" or "bias" not in node.facts.weights or len(node.inputs[0].shape) < 3:
        return False
    t = node.inputs[0]
    return not is_contiguous(t.shape, storages.strides[t.node, t.index])


def peak_layers(run: Run, eager: bool) -> Layers:
    """The bytes alive at each node, as amounts."""
    found = alive(run, eager)
    return {
        node: Amount(found[node].nbytes, "counted" if found[node].complete else "lower bound")
        if node in found
        else NOT_RUN
        for node in run.graph.nodes
    }


def _last(run: Run, storages: Storages, eager: bool) -> dict[Storage, int]:
    """The number of the last node at which each storage that the network makes is alive."""
    number = {node: i for i, node in enumerate(run.nodes)}
    until: Mapping[tuple[Node, int], Node] | None = run.graph.until if eager else {}
    ends = _ends_of_blocks(run) if until is None else {}
    last = dict[Storage, int]()

    def keep(storage: Storage, to: int) -> None:
        if storage.own:
            last[storage] = max(last.get(storage, 0), to)

    for node, at in number.items():
        for i, storage in enumerate(storages.of(node)):
            held = until.get((node, i), node) if until and node.op != "constant" else node  # the reader keeps those
            keep(storage, max(at, number.get(held, at)))
        for t in node.inputs:
            keep(storages[t], max(at, ends.get(_outermost(t, node), at)))
    for storage in _returned(run, storages):
        keep(storage, len(number) - 1)
    return last


def _returned(run: Run, storages: Storages) -> list[Storage]:
    """The storages that the network returns, each once."""
    results = (*run.graph.outputs, *(run.graph.train_outputs if run.mode == "train" else ()))
    return [each for each in dict.fromkeys([storages[t] for t in results]) if each.own]


def _ends_of_blocks(run: Run) -> dict[BlockCall | None, int]:
    """The number of the last node of each block call."""
    ends = dict[BlockCall | None, int]()
    for i, node in enumerate(run.nodes):
        call = node.block
        while call is not None:
            ends[call] = i
            call = call.parent
    return ends


def _outermost(t: Tensor, reader: Node) -> BlockCall | None:
    """The outermost block call that a reader is in and the maker of a tensor is not; None if there is none."""
    around = set[BlockCall]()
    call = t.node.block if t.node is not None else None
    while call is not None:
        around.add(call)
        call = call.parent
    found, call = None, reader.block
    while call is not None and call not in around:
        found, call = call, call.parent
    return found
