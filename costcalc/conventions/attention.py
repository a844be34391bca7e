"""The counts of ptflops' hooks on attention modules, each for the whole batch."""

from __future__ import annotations

from costcalc.spec.count import Count, product
from costcalc.spec.node import Node
from costcalc.spec.shapes import numel


def one_node(node: Node) -> Count:
    """The hook's count for a MultiheadAttention that is one node: self-attention."""
    macs, settings, (n, length, width) = node.facts.macs or Count(), node.facts.settings, node.inputs[0].shape
    count = macs + product(N=n, L=length, q_scaled=width)
    if settings["bias"]:
        count += product(N=n, L=length, bias=3 * width)
    softmax = product(N=n, heads=settings["heads"], L=length, S=length)
    return count + softmax + product(N=n, L=length, bias=width)


def products(node: Node) -> Count:
    """The count of the patched functions that a MultiheadAttention of one node calls, with `need_weights`."""
    if not node.facts.settings["need_weights"] or node.facts.macs is None:
        return Count()
    n, length, _ = node.inputs[0].shape
    softmax = product(N=n, heads=node.facts.settings["heads"], L=length, S=length)
    return Count(*node.facts.macs.terms[1:3]) + softmax


def several_nodes(node: Node) -> Count | None:
    """The hook's count for a MultiheadAttention that runs as several nodes, from the node of its softmax."""
    call = node.block
    if call is None or len(call.module.output) != 3:
        return None
    width, own = call.module.output[-1], call.weights
    shape, s = node.inputs[0].shape, node.inputs[0].shape[-1]
    if node.op == "scaled_dot_product_attention":
        s = node.inputs[1].shape[-2]
    length = shape[-2]
    n = numel(call.module.output) // (length * width)
    heads = numel(shape[:-2]) // n
    k, v = (own.get(f"{key}_proj_weight", (width, width))[1] for key in "kv")
    terms = {"q_scaled": length * width, "q": length * width**2, "k": s * k**2, "v": s * v**2}
    if "in_proj_bias" in own:
        terms["biases"] = (length + 2 * s) * width
    terms["scores"], terms["softmax"] = heads * length * s * (width // heads), heads * length * s
    terms["mix"], terms["out"] = heads * length * s * (v // heads), length * v * (v + 1)
    return Count(*[(("N", name), (n, term)) for name, term in terms.items()])


def timm(node: Node) -> Count | None:
    """The hook's count for timm's Attention, from the node of its softmax."""
    if node.block is None or len(node.block.module.output) != 3:
        return None
    n, length, width = node.block.module.output
    heads = node.inputs[0].shape[1]
    d = node.inputs[0].shape[-1] if node.op == "scaled_dot_product_attention" else width // heads
    softmax = product(N=n, heads=heads, L=length, S=length)
    products = product(each=2, N=n, heads=heads, L=length, S=length, d=d)
    return product(N=n, L=length, heads=heads, q_scaled=d) + products + softmax
