"""The bytes that autograd saves, from what each op says that its gradient needs."""

from __future__ import annotations

from typing import Any

from costcalc.analysis.storages import Key, Storage, Storages
from costcalc.spec.node import Node, Tensor
from costcalc.spec.run import Run
from costcalc.spec.saves import Saves


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

    def needed(t: Tensor) -> bool:
        return (t.node, t.index) in needs

    for node in run.nodes:
        found[node] = []
        trained = {key for key, name in zip(node.facts.weights, node.weights, strict=True) if name not in frozen}
        saves = _saves(node, run)
        if not (trained or any(map(needed, node.inputs))) or (saves is not None and not saves.gradient):
            continue
        needs |= {(node, i) for i in range(len(node.facts.outputs)) if _differentiable(storages.dtype(node, i))}
        if saves is None:
            found[node] = None
            continue
        kept = [storages[node.inputs[i]] for i in saves.inputs if i < len(node.inputs)]
        kept += [storage for i, storage in enumerate(storages.of(node)) if i in saves.outputs]
        if saves.factors:
            factors = [i for i in range(len(node.inputs))[: _factors(node)] if _partner(node, i, trained, needs)]
            copies = dict(zip(node.noticed.copies, storages.copies(node), strict=True))
            kept += [copies.get(i) or storages[node.inputs[i]] for i in factors]
        new = [each for each in dict.fromkeys(kept) if not each.held and each not in seen]
        seen.update(new)
        beside = (*(node.facts.beside if saves.beside else ()), *saves.extra)
        found[node] = new + [Storage(node, storages.nbytes(each, node)) for each in beside]
    return found


def _saves(node: Node, run: Run) -> Saves | None:
    facts = node.facts
    return facts.saves if run.mode == "eval" or facts.train_saves is None else facts.train_saves


def _factors(node: Node) -> int:
    """The number of inputs that are factors. A weight that is not a parameter is an input, and so is its bias."""
    return 1 if "weight" in node.facts.weights else 2


def _partner(node: Node, i: int, trained: set[str], needs: set[Key]) -> bool:
    """True if another factor of a product than input `i` needs a gradient."""
    others = [t for k, t in enumerate(node.inputs[: _factors(node)]) if k != i]
    return bool(trained - {"bias"}) or any((t.node, t.index) in needs for t in others)


def _differentiable(dtype: str | None) -> bool:
    return dtype is None or dtype.startswith(("float", "bfloat", "complex"))
