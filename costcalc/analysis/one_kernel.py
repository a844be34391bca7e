"""Operations that torch runs as one kernel, and that are read as several nodes.

What is made between the nodes of a kernel is not seen. Of others it is not known what they hold while they run.
"""

from __future__ import annotations

from costcalc.spec.facts import HELD
from costcalc.spec.node import Node
from costcalc.spec.run import Run

PRODUCTS = {"addbmm": 1, "addmm": 1, "addmv": 1, "baddbmm": 1, "_trilinear": 2}
"""Kernels, and the number of products that each is read as."""

SAVE_ALL = ("_trilinear",)
"""Kernels that save each tensor that they read, whichever of them need a gradient."""

OTHERS = {
    "_euclidean_dist", "_grouped_mm", "_int_mm", "_pack_padded_sequence", "_pad_packed_sequence", "_scaled_mm",
    "_weight_int8pack_mm", "gru", "lstm", "rnn_relu", "rnn_tanh",
}  # fmt: skip
"""Operations that are read as others than torch runs."""


def kernels(run: Run) -> list[list[Node]]:
    """The nodes of each kernel, from its first product to its output. Calls that are not known are taken together."""
    found, now, last = list[list[Node]](), list[Node](), ""
    for node in run.nodes:
        if node.facts.alias(0, run.mode) == HELD:  # between the nodes of a kernel
            continue
        kernel = "part" if is_part(node) else node.noticed.kernel
        if kernel != last or (_is_product(node) and _products(now) == PRODUCTS.get(kernel)):
            now, last = [], kernel
            found.append(now)
        if now or kernel == "part" or (kernel in PRODUCTS and _is_product(node)):
            now.append(node)
    return [_to_output(nodes, run) for nodes in found if nodes]


def is_part(node: Node) -> bool:
    """True for a part of an operation of which it is not known what it holds."""
    called_as = node.noticed.called_as
    whole = called_as.name.removeprefix("torch.ops.aten.") if called_as is not None else ""
    return node.noticed.kernel in OTHERS or (called_as is not None and whole != called_as.name and whole in OTHERS)


def _is_product(node: Node) -> bool:
    return node.op in ("matmul", "einsum")


def _products(nodes: list[Node]) -> int:
    return sum(map(_is_product, nodes))


def _to_output(nodes: list[Node], run: Run) -> list[Node]:
    """The nodes up to the last one that is not a view."""
    while len(nodes) > 1 and nodes[-1].facts.alias(0, run.mode) is not None:
        nodes = nodes[:-1]
    return nodes
