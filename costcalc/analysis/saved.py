"""The bytes that autograd saves, from what each op says that its gradient needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from costcalc.analysis.attention_products import by_products, saved_by_products
from costcalc.analysis.one_kernel import SAVE_ALL, is_part, kernels
from costcalc.analysis.storages import Storage, Storages
from costcalc.analysis.strides import Key
from costcalc.spec.node import Node
from costcalc.spec.run import Run
from costcalc.spec.saves import Saves

Needed = Sequence[bool]
"""For each input of a node, True if it needs a gradient."""


def saved(run: Run) -> dict[Node, Any]:
    """The bytes of the storages that each node is the first to save; None if it is not known what it saves."""
    found = saved_storages(run, Storages(run))
    return {node: None if kept is None else sum([each.nbytes for each in kept]) for node, kept in found.items()}


def saved_storages(run: Run, storages: Storages) -> dict[Node, list[Storage] | None]:
    """The storages that each node is the first to save; None if it is not known what it saves."""
    frozen = run.graph.frozen
    needs = set[Key]()  # tensors that need a gradient
    seen = set[Storage]()
    found = dict[Node, list[Storage] | None]()

    inside = {node for nodes in kernels(run) for node in nodes[:-1]}
    for node in run.nodes:
        found[node] = []
        own, backward = zip(node.facts.weights, node.weights, strict=True), node.noticed.backward
        trained = {key for key, name in own if name not in frozen and key not in backward.detached}
        needed = [
            i in backward.leaves or (i not in backward.detached and (t.node, t.index) in needs)
            for i, t in enumerate(node.inputs)
        ]
        saves = node.facts.saved(run.mode)
        if not (trained or any(needed)) or (saves is not None and not saves.gradient):
            continue
        outputs = list(storages.of(node))
        differentiable = {(node, i) for i in range(len(outputs)) if _differentiable(storages.dtype(node, i))}
        known = not (backward.own or backward.checkpoint)
        if known and by_products(node, storages, any(needed[3:])):
            needs |= differentiable
            new = saved_by_products(node, storages, needed)
            found[node] = None if new is None else [each for each in new if not each.held and each not in seen]
            seen.update(found[node] or ())
            continue
        if saves is None or saves.unknown or not known or _partly(node, saves, trained) or is_part(node):
            needs |= differentiable
            found[node] = None
            continue
        wanted = _arguments(node, saves, trained, needed)
        kept = [each for i in _of_arguments(node, wanted) for each in _read(storages, node, i)]
        kept += [outputs[i] for i in _outputs(node, saves, trained, needed) if i < len(outputs)]
        if saves.factors:
            factors = [i for i in range(len(node.inputs))[: _factors(node)] if _partner(node, i, trained, needed)]
            kept += [each for i in factors for each in _read(storages, node, i)]
        if node.noticed.kernel in SAVE_ALL:
            kept = [storages[t] for t in node.inputs]
        kept += [each for argument, each in storages.constants(node).items() if argument in wanted]
        kept = [each for each in kept if each.node not in inside]
        needs |= differentiable
        new = [each for each in dict.fromkeys(kept) if not each.held and each not in seen]
        seen.update(new)
        beside = (*((node.facts.made_beside(run.mode) or ()) if saves.beside else ()), *saves.extra)
        found[node] = new + [Storage(node, storages.nbytes(each, node)) for each in beside]
    return found


def _partly(node: Node, saves: Saves, trained: set[str]) -> bool:
    """True if what a node saves is known only with all of its weights trained, and they are not."""
    return saves.trained and len(trained) < len(node.weights)


def _of_arguments(node: Node, wanted: set[int]) -> Iterator[int]:
    """The numbers of the inputs that are these arguments of the operation."""
    return (i for i in range(len(node.inputs)) if node.argument(i) in wanted)


def _arguments(node: Node, saves: Saves, trained: set[str], needed: Needed) -> set[int]:
    """The numbers of the arguments that are saved. Saves go by the arguments of the operation, not by inputs."""
    return {*saves.inputs, *[n for n, other in saves.inputs_for if _needed(node, other, trained, needed)]}


def _outputs(node: Node, saves: Saves, trained: set[str], needed: Needed) -> list[int]:
    return [*saves.outputs, *[n for n, other in saves.outputs_for if _needed(node, other, trained, needed)]]


def _needed(node: Node, argument: int, trained: set[str], needed: Needed) -> bool:
    """True if an argument needs a gradient. One that is not an input is a weight, or a constant."""
    given = [each for i, each in enumerate(needed) if node.argument(i) == argument]
    return any(given) if given else bool(trained)


def _read(storages: Storages, node: Node, i: int) -> list[Storage]:
    """The storages that the operation reads an input from: those of its copies, or its own."""
    copies = zip(node.noticed.copies, storages.copies(node), strict=True)
    return [each for number, each in copies if number == i] or [_or_copy(storages, node, i)]


def _or_copy(storages: Storages, node: Node, i: int) -> Storage:
    """The storage of an input, or of the copy that autograd makes of one that the operation overwrites."""
    own = storages[node.inputs[i]]
    overwritten = i == 0 and not own.held and own in storages.of(node)
    return Storage(node, storages.tensor_bytes(node.inputs[i])) if overwritten else own


def _factors(node: Node) -> int:
    """The number of inputs that are factors. A weight that is not a parameter is an input, and so is its bias."""
    return 1 if "weight" in node.facts.weights else 2


def _partner(node: Node, i: int, trained: set[str], needed: Needed) -> bool:
    """True if another factor of a product than input `i` needs a gradient."""
    others = [each for k, each in enumerate(needed[: _factors(node)]) if k != i]
    return bool(trained - {"bias"}) or any(others)


def _differentiable(dtype: str | None) -> bool:
    return dtype is None or dtype.startswith(("float", "bfloat", "complex"))
