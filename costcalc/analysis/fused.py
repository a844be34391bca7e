"""Layers that torch runs as one kernel in eval mode, without autograd: what is made inside of them is not seen."""

from __future__ import annotations

from costcalc.spec.node import BlockCall, Node
from costcalc.spec.run import Run

ENCODER_LAYER = "torch.nn.modules.transformer.TransformerEncoderLayer"


def fused(run: Run) -> list[list[Node]]:
    """The nodes of each call of such a layer, in order. The last one makes the layer's output."""
    if run.mode == "train":
        return []
    whole = run.graph.held.modules[:1]
    if whole and whole[0].kind == ENCODER_LAYER:
        found = [list(run.nodes)]
    else:
        calls = dict[BlockCall, list[Node]]()
        for node in run.nodes:
            call = _layer(node)
            if call is not None:
                calls.setdefault(call, []).append(node)
        found = list(calls.values())
    return [nodes for nodes in found if _is_fused(nodes)]


def _layer(node: Node) -> BlockCall | None:
    """The encoder layer that a node is in."""
    call = node.block
    while call is not None and call.module.kind != ENCODER_LAYER:
        call = call.parent
    return call


def _is_fused(nodes: list[Node]) -> bool:
    """True if torch's kernel takes the layer: it has self-attention with an even number of heads, and all biases."""
    attention = [node.facts.settings for node in nodes if node.op == "multi_head_attention"]
    activation = any(node.op in ("relu", "gelu") for node in nodes)
    return activation and any(each["bias"] and each["heads"] % 2 == 0 for each in attention)
