"""The tiles of a GPU's products: channels are padded to them, and the padding is computed as well."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from costcalc.spec.node import Node

TILE = (32, 16)
"""Output channels and inputs per output, to multiples of which products are padded."""


def padding(node: Node) -> float:
    """The mult-adds of a product with its channels padded to the tile, relative to its own."""
    out, inner = _sizes(node)
    return _padded(out, TILE[0]) * _padded(inner, TILE[1])


def _sizes(node: Node) -> tuple[int, int]:
    """Outputs per position and inputs per output; zeros if the op is not padded."""
    shape = node.facts.outputs[0] if node.facts.outputs else ()
    if node.op == "conv":
        groups = node.facts.settings.get("groups", 1)
        k = node.facts.settings["k"]
        window = prod(k) if isinstance(k, Sequence) else k ** (len(shape) - 2)
        channels = node.inputs[0].shape[1]
        return (0, 0) if groups == channels else (shape[1] // groups, channels // groups * window)
    if node.op in ("linear", "matmul"):
        return shape[-1], node.inputs[0].shape[-1]
    if node.op == "scaled_dot_product_attention":
        return node.inputs[1].shape[-2], node.inputs[0].shape[-1]
    return 0, 0


def _padded(size: int, tile: int) -> float:
    return -(-size // tile) * tile / size if size else 1.0
