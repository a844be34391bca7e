"""Causal attention: the products that its mask keeps, and mult-adds without those that it masks."""

from __future__ import annotations

from typing import Any, NamedTuple

from costcalc.analysis.quantity import Amount, Layers, Quantity, Status
from costcalc.spec.count import Count, digits
from costcalc.spec.node import Node
from costcalc.spec.run import Run
from costcalc.spec.sizes import known


def kept(node: Node) -> Count | None:
    """The mult-adds of the products that the mask of causal attention keeps; None if it is not known to be causal.

    Query i of L sees keys 0 to i, so that of L·L pairs L(L+1)/2 are kept. Masks of a decoder end with the last key:
    with S - L positions before the queries, in a cache, L·(S-L) pairs more are kept. A sliding window masks more; its
    pairs are counted as those of a causal mask. Attention is known to be causal by `is_causal`, or as the decoder of a
    model of transformers.
    """
    if node.op != "scaled_dot_product_attention" or node.facts.macs is None:
        return None
    own = bool(node.facts.settings.get("causal"))
    queries, keys = node.inputs[0].shape[-2], node.inputs[1].shape[-2]
    pairs = _pairs(queries, keys, own) if own or _masked_by_query(node) else None
    if pairs is None:
        return None
    name, number = pairs
    terms = []
    for names, factors in node.facts.macs.terms:
        at = list(names).index("L")  # followed by S
        terms.append(((*names[:at], name, *names[at + 2 :]), (*factors[:at], number, *factors[at + 2 :])))
    return Count(*terms)


def _masked_by_query(node: Node) -> bool:
    """True for the mask of a decoder with a row per query. A single row hides the same keys from all queries.

    transformers folds the heads that share keys into the axis of one query that is decoded.
    """
    return node.noticed.causal_mask and node.inputs[3].shape[-2] == node.inputs[0].shape[-2]


def _pairs(queries: Any, keys: Any, from_the_first: bool) -> tuple[str, Any] | None:
    """The pairs that a causal mask keeps, with their symbol.

    from_the_first  True: the first query sees the first key alone (torch's `is_causal`); False: the last sees all
    """
    if queries is keys or (known(queries) and known(keys) and queries == keys):
        return "L(L+1)/2", queries * (queries + 1) // 2
    if not (known(queries) and known(keys)):
        return None
    if from_the_first:
        square = min(queries, keys)
        return "pairs", square * (square + 1) // 2 + (queries - square) * keys
    if queries > keys:
        return None
    return "(L(S-L) + L(L+1)/2)", queries * (keys - queries) + queries * (queries + 1) // 2


class Masked(NamedTuple):
    """Mult-adds of the attention that is known to be causal: all of them, and of those that the masks keep."""

    full: Any
    kept: Any


def masked(run: Run) -> Masked | None:
    """The sums over the nodes that run; None if none of them is causal attention that masks products."""
    found = [(node.facts.macs, count) for node in run.nodes if (count := kept(node)) is not None]
    full, left = sum(whole.value for whole, _ in found if whole), sum(count.value for _, count in found)
    return Masked(full, left) if found and not (known(full) and known(left) and full == left) else None


class CausalHalf(Quantity):
    """Mult-adds, of causal attention only those of the products that its mask keeps."""

    key, heading = "mult_adds", "mult-adds"

    def __init__(self, whole: Quantity) -> None:
        self.whole = whole

    def layers(self, run: Run) -> Layers:
        """The Count of each op's rule, or of the products that are kept."""
        amounts = dict(self.whole.layers(run))
        for node in run.nodes:
            count = kept(node)
            if count is not None:
                amounts[node] = Amount.of(count)
        return amounts

    def reason(self, node: Node, run: Run, status: Status) -> tuple[str, str]:
        """As of all mult-adds; for what is left out, why."""
        if status == "counted" and kept(node) is not None:
            return "one multiply and its add, of the products that the causal mask keeps", ""
        return self.whole.reason(node, run, status)

    def notes(self, run: Run) -> list[str]:
        """What is left out."""
        sums = masked(run)
        if sums is None:
            return ["Causal attention by half: none of its attention is known to be causal and masks products."]
        return [
            f"Causal attention by half: {digits(sums.kept)} mult-adds, L(L+1)/2 of L·L pairs; "
            f"all products are {digits(sums.full)}."
        ]
