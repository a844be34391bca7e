"""The strides of a network's tensors on torch's CPU, for tools whose count depends on them.

Views keep the elements where they are. Elementwise ops keep the memory order of their input's axes. Convolutions and
other ops of images keep channels last. The output of any other op is contiguous, unless a reader noticed otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from costcalc.spec.graph import Graph
from costcalc.spec.node import Node, Tensor
from costcalc.spec.numbers import larger
from costcalc.spec.shapes import numel
from costcalc.spec.sizes import decided, equal
from costcalc.spec.traits import traits

Key = tuple[Node | None, int]
"""A tensor: the node that makes it, and which of its outputs it is; None: an input of the network."""

Strides = tuple[int, ...]
Layout = tuple[Sequence[int], Strides]  # sizes and strides


_kept: WeakKeyDictionary[Node, tuple[Strides, ...]] = WeakKeyDictionary()
"""The strides of nodes' outputs that were asked for. Those of symbols are not kept: they may rest on conditions."""


def strides(tensor: Tensor) -> Strides:
    """The strides of a tensor, in elements, when the network runs in eval mode."""
    known: dict[Key, Strides] = {}
    todo = [tensor.node]
    while todo:
        node = todo[-1]
        if node is not None and node in _kept:
            known.update({(node, i): each for i, each in enumerate(_kept[node])})
            todo.pop()
            continue
        before = [t.node for t in node.inputs if t.node and (t.node, t.index) not in known] if node else []
        if before:
            todo += before
            continue
        todo.pop()
        if node is not None and (node, 0) not in known:
            _add(node, known)
            made = tuple(known[node, i] for i in range(len(node.facts.outputs)))
            if all(type(n) is int for each in (*made, *[t.shape for t in node.inputs]) for n in each):
                _kept[node] = made
    return known.get((tensor.node, tensor.index), contiguous(tensor.shape))


def all_strides(graph: Graph) -> dict[Key, Strides]:
    """The strides of every tensor of a network, by node and index, when it runs in eval mode."""
    known: dict[Key, Strides] = {(None, t.index): contiguous(t.shape) for t in graph.inputs}
    for node in graph.nodes:
        _add(node, known)
    return known


def _add(node: Node, known: dict[Key, Strides]) -> None:
    """Add the strides of a node's outputs."""
    given = [(t.shape, known.get((t.node, t.index), contiguous(t.shape))) for t in node.inputs]
    noticed = node.noticed.strides
    for i, shape in enumerate(node.facts.outputs):
        known[node, i] = noticed[i] if noticed else _output_strides(node, given, shape)


def contiguous(shape: Sequence[int]) -> Strides:
    """The strides of a contiguous tensor."""
    return tuple(numel(tuple(shape[i + 1 :])) for i in range(len(shape)))


def is_contiguous(shape: Sequence[int], strides: Strides) -> bool:
    """True if the elements lie one after the other; axes of size 1 may have any stride."""
    return all(_same(a, b) or _same(size, 1) for size, a, b in zip(shape, strides, contiguous(shape), strict=True))


def fused_attention(layouts: Sequence[Layout]) -> bool:
    """True if the CPU runs scaled_dot_product_attention as one kernel, for these queries, keys and values.

    Source: use_flash_attention_cpp in ATen/native/transformers/sdp_utils_cpp.cpp.
    """
    (q, q_strides), (_, k_strides), (v, v_strides) = layouts
    last = (q_strides[-1], k_strides[-1], v_strides[-1])
    return len(q) in (3, 4) and _same(q[-1], v[-1]) and all(_same(stride, 1) for stride in last)


def mask_forbids_kernel(attention: Node, gradients: bool) -> bool:
    """True if the CPU cannot run scaled_dot_product_attention as one kernel because of its mask.

    The mask has neither 2 axes nor as many as the queries, or requires grad (check_attn_mask_shape in the same source).
    gradients  True if the model runs with gradients on
    """
    axes, masks = len(attention.inputs[0].shape), attention.inputs[3:]
    return any(len(mask.shape) not in (2, axes) or _learned(mask, gradients) for mask in masks)


def _learned(t: Tensor, gradients: bool) -> bool:
    """True for a weight; with gradients, also for a tensor computed from weights."""
    if not gradients:
        return t.node is not None and t.node.op == "parameter"
    seen, todo = set(), [t.node]
    while todo:
        node = todo.pop()
        if node is not None and node not in seen:
            if node.weights:
                return True
            seen.add(node)
            todo += [x.node for x in node.inputs]
    return False


def layouts(tensors: Sequence[Tensor]) -> list[Layout]:
    """Sizes and strides of these tensors."""
    return [(t.shape, strides(t)) for t in tensors]


def _output_strides(node: Node, given: Sequence[Layout], shape: Sequence[int]) -> Strides:
    """The strides of a node's output of this shape, for inputs of these layouts."""
    if not given:
        return contiguous(shape)
    size, first = given[0]
    if node.op in ("dropout", "split") or node.facts.settings.get("inplace"):
        return first
    if node.op == "transpose":
        return tuple(first[axis] for axis in node.facts.settings["axes"])
    if node.op in ("flatten", "reshape", "unflatten"):
        return view(size, first, shape) or contiguous(shape)
    if traits(node.op).elementwise:
        return _elementwise(shape, given)
    if traits(node.op).keeps_channels_last and len(shape) in (4, 5) and all(is_channels_last(*each) for each in given):
        return _new_strides(shape, [1, *range(len(shape) - 1, 1, -1), 0])
    if node.op == "multi_head_attention":  # written as (L, N, D), and transposed
        n, _, width = shape
        return width, n * width, 1
    if node.op == "scaled_dot_product_attention" and fused_attention(given[:3]):
        return _elementwise(shape, given[:1])
    return contiguous(shape)


def view(old: Sequence[int], strides: Strides, new: Sequence[int]) -> Strides | None:
    """The strides of a view with another shape; None if the elements have to be copied.

    Source: computeStride_impl in ATen/TensorUtils.cpp.
    """
    made = [0] * len(new)
    at = len(new) - 1
    base, elements, chunk = strides[-1], 1, 1
    for axis in range(len(old) - 1, -1, -1):
        elements *= old[axis]
        if axis == 0 or not (_same(strides[axis - 1], elements * base) or _same(old[axis - 1], 1)):
            while at >= 0 and ((not _same(chunk, elements) and decided(chunk < elements)) or _same(new[at], 1)):
                made[at] = chunk * base
                chunk *= new[at]
                at -= 1
            if not _same(chunk, elements):
                return None
            if axis > 0:
                base, elements, chunk = strides[axis - 1], 1, 1
    return tuple(made) if at == -1 else None


def _elementwise(shape: Sequence[int], given: Sequence[Layout]) -> Strides:
    """Two axes are in the order of the first operand that decides it (TensorIteratorBase::reorder_dimensions)."""
    order = list(range(len(shape) - 1, -1, -1))
    if all(is_contiguous(*layout) and _alike(layout[0], shape) for layout in given):
        return contiguous(shape)
    operands = [
        tuple(
            0 if _same(s, 1) and not _same(whole, 1) else stride
            for s, stride, whole in zip(size, strides, shape, strict=True)
        )
        for size, strides in given
    ]

    def farther(a: int, b: int) -> int:
        for strides in operands:
            if _same(strides[a], 0) or _same(strides[b], 0):
                continue
            if not _same(strides[a], strides[b]):
                return 1 if decided(strides[a] > strides[b]) else -1
            if decided(shape[a] > shape[b]):
                return 1
        return 0

    for i in range(1, len(order)):
        at = i
        for before in range(i - 1, -1, -1):
            compared = farther(order[before], order[at])
            if compared > 0:
                order[before], order[at] = order[at], order[before]
                at = before
            elif compared < 0:
                break
    return _new_strides(shape, order)


def _new_strides(shape: Sequence[int], order: Sequence[int]) -> Strides:
    """The strides of a new tensor whose axes are given from the smallest stride to the largest."""
    made, stride = [0] * len(shape), 1
    for axis in order:
        made[axis], stride = stride, stride * shape[axis]
    return tuple(made)


def is_channels_last(shape: Sequence[int], strides: Strides) -> bool:
    """True if these strides are channels last.

    Source: is_channels_last_strides_2d_s4 and _3d_s5 in c10/core/MemoryFormat.h.
    """
    least: Any = 0
    if len(shape) not in (4, 5) or _same(strides[1], 0):
        return False
    for axis in (1, *range(len(shape) - 1, 1, -1), 0):
        if _same(shape[axis], 0) or (not _same(strides[axis], least) and decided(strides[axis] < least)):
            return False
        if axis == 0 and _same(least, strides[1]):
            return False
        least = strides[axis] * larger(shape[axis], 1)
    return True


def _same(a: Any, b: Any) -> bool:
    """True if two numbers are equal for all sizes that their symbols stand for, False if they differ."""
    return decided(equal(a, b))


def _alike(a: Sequence[Any], b: Sequence[Any]) -> bool:
    return len(a) == len(b) and all(map(_same, a, b))
