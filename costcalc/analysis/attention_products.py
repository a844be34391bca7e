"""Attention that the CPU runs by its two products, since its kernel does not take it, and what autograd saves then."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.analysis.storages import Storage, Storages
from costcalc.analysis.strides import view
from costcalc.spec.node import Node
from costcalc.spec.saves import Extra
from costcalc.spec.shapes import Shape, numel
from costcalc.spec.sizes import decided, unequal

ATTENTION = "scaled_dot_product_attention"


def by_products(node: Node, storages: Storages, mask_needed: bool = False) -> bool:
    """True if the CPU runs attention by its products: with dropout, values of another width, other than 3 or 4 axes, or
    a mask that needs a gradient, which a parameter does without autograd too.

    Source: use_flash_attention_cpp in aten/native/transformers/sdp_utils_cpp.cpp.

    mask_needed  True if autograd is on, and the mask needs a gradient
    """
    if node.op != ATTENTION:
        return False
    q, _, v, *mask = node.inputs
    if node.facts.settings.get("dropout") or len(q.shape) not in (3, 4) or decided(unequal(q.shape[-1], v.shape[-1])):
        return True
    return bool(mask) and (mask_needed or _of_parameter(storages[mask[0]], storages))


def saved_by_products(node: Node, storages: Storages, needed: Sequence[bool]) -> list[Storage] | None:
    """What autograd saves of attention by its products; None for queries with more heads than the keys.

    The scaled queries and keys, for each other's gradients; the scores after softmax; the values, or the copy that the
    product makes of them; with dropout what it multiplies the scores by, and its result.

    needed  for each input, True if it needs a gradient
    """
    q, k, v, *_ = node.inputs
    if len(q.shape) == 4 and decided(unequal(q.shape[1], k.shape[1])):
        return None
    of_scores = needed[0] or needed[1] or any(needed[3:])
    scores = Extra((*q.shape[:-1], k.shape[-2]))
    made = [Extra(q.shape)] * needed[1] + [Extra(k.shape)] * needed[0]
    if node.facts.settings.get("dropout"):
        made += [scores] * (2 * of_scores + needed[2])
    elif of_scores or needed[2]:
        made.append(scores)
    kept = [Storage(node, storages.nbytes(each, node)) for each in made]
    if of_scores:
        copied = is_copied(node, 2, storages)
        kept.append(Storage(node, storages.tensor_bytes(v)) if copied else storages[v])
    return kept


def is_copied(node: Node, i: int, storages: Storages) -> bool:
    """True if a product needs a copy of an input: its leading axes do not merge into one."""
    t = node.inputs[i]
    shape: Shape = t.shape
    return len(shape) > 3 and view(shape, storages.strides[t.node, t.index], (numel(shape[:-2]), *shape[-2:])) is None


def _of_parameter(storage: Storage, storages: Storages) -> bool:
    """True for a trained parameter, and for views of one."""
    node = storage.node
    return node is not None and node.op == "parameter" and node.weights[0] not in storages.run.graph.frozen
