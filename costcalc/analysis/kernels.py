"""The kernels that a GPU runs for each layer: its op, and the casts, copies and biases that no call of the model names.

Of each the mult-adds and the tensors that it reads and writes, so that kernels can be joined, by
`costcalc.analysis.fusion`, and timed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from math import prod
from typing import NamedTuple

from costcalc.analysis.autocast import FULL, Autocast, autocast, kind
from costcalc.analysis.copies import Copies, copies
from costcalc.analysis.strides import Key, all_strides, is_channels_last, is_contiguous
from costcalc.spec.dtypes import itemsize
from costcalc.spec.facts import HELD
from costcalc.spec.node import Node, Tensor
from costcalc.spec.numbers import larger
from costcalc.spec.run import Run
from costcalc.spec.shapes import Shape

SLOW = 2
"""Attention that no fused kernel takes is computed in float32, at half the rate of 16-bit products."""


class Value(NamedTuple):
    """A tensor that kernels read and write: the number of its storage, and its bytes in memory."""

    storage: int
    nbytes: int


class Kernel(NamedTuple):
    """One kernel.

    node     the layer that it belongs to
    kind     of its work, such as "conv", "bytes"
    macs     mult-adds, with the channels padded to the tile
    reads    tensors from memory, each once
    writes   tensors to memory
    weights  bytes of its weights
    product  True if it is a product of a library, which is not joined with others
    copy     True if it copies a tensor because of its strides
    """

    node: Node
    kind: str
    macs: float
    reads: tuple[Value, ...]
    writes: tuple[Value, ...]
    weights: int = 0
    product: bool = False
    copy: bool = False

    @property
    def nbytes(self) -> int:
        """The bytes that it moves."""
        return sum(value.nbytes for value in (*self.reads, *self.writes)) + self.weights


TILE = (32, 16)
"""Output channels and inputs per output, to multiples of which products are padded."""

NORMS = ("layer_norm", "group_norm", "rms_norm", "softmax")
WIDE = 5
"""The largest kernel of a depthwise convolution that is limited by memory."""


def kernels(run: Run) -> list[Kernel]:
    """The kernels of a run, in order: under autocast if it has one, otherwise with each tensor in its own dtype."""
    return _Kernels(run).found


class _Kernels:
    """The kernels of a run."""

    def __init__(self, run: Run) -> None:
        self.found: list[Kernel] = []
        self._run, self._numbers = run, count()
        self._dtypes: Autocast = autocast(run, run.autocast)
        self._strides, self._copies = all_strides(run.graph), copies(run.graph)
        self._values: dict[Key, Value] = {}
        for t in run.graph.inputs:
            self._values[None, t.index] = self._new(t.shape, self._dtypes.dtype(t))
        for node in run.nodes:
            self._add(node)

    def _new(self, shape: Shape, dtype: str) -> Value:
        return Value(next(self._numbers), prod(shape) * itemsize(dtype))

    def _put(self, node: Node, kind: str, value: Value, to: Value, copy: bool = False) -> Value:
        """A kernel that reads one tensor and writes another one."""
        self.found.append(Kernel(node, kind, 0, (value,), (to,), copy=copy))
        return to

    def _add(self, node: Node) -> None:
        facts = node.facts
        made = [self._dtypes.outputs[node, i] for i in range(len(facts.outputs))]
        if not node.inputs and facts.alias(0, self._run.mode) == HELD:
            self._values.update({(node, i): self._new(shape, made[i]) for i, shape in enumerate(facts.outputs)})
            return
        copied = self._copies.get(node, Copies())
        if is_view(node, self._run):
            source = self._values[node.inputs[0].node, node.inputs[0].index]
            if copied.output:
                source = self._put(node, "bytes", source, self._new(facts.outputs[0], made[0]), copy=True)
            for i, shape in enumerate(facts.outputs):
                nbytes = -larger(-source.nbytes, -prod(shape) * itemsize(made[i]))  # the smaller one, also of symbols
                self._values[node, i] = source._replace(nbytes=nbytes)
            return
        reads = self._read(node, copied)
        writes = tuple(self._new(shape, dtype) for shape, dtype in zip(facts.outputs, made, strict=True))
        self._values.update({(node, i): value for i, value in enumerate(writes)})
        self._run_op(node, reads, writes)

    def _read(self, node: Node, copied: Copies) -> tuple[Value, ...]:
        """The tensors that a node reads, each once, cast and copied as it needs them."""
        found: dict[Key, Value] = {}
        for i, t in enumerate(node.inputs):
            if (t.node, t.index) in found:
                continue
            value, dtype = self._values[t.node, t.index], self._dtypes.read_as(node, t)
            value = value._replace(nbytes=min(value.nbytes, prod(t.shape) * itemsize(self._dtypes.dtype(t))))
            if dtype != self._dtypes.dtype(t):
                value = self._put(node, "bytes", value, self._new(t.shape, dtype))
            if i in copied.inputs:
                value = self._put(node, "bytes", value, self._new(t.shape, dtype), copy=True)
            found[t.node, t.index] = value
        return tuple(found.values())

    def _run_op(self, node: Node, reads: tuple[Value, ...], writes: tuple[Value, ...]) -> None:
        facts, macs = node.facts, node.facts.macs.value if node.facts.macs is not None else 0
        own = self._dtypes.weights_read_as(node, "float32")
        weights = itemsize(own) * sum(prod(shape) for shape in facts.weights.values())
        if node.op == "scaled_dot_product_attention" and len(node.inputs[0].shape) != 4:
            self._attention(node, reads, writes, macs)
            return
        what = _kind(node, self._is_channels_last(node)) if macs else "norm_bytes" if kind(node) in NORMS else "bytes"
        self.found.append(Kernel(node, what, macs * _padding(node), reads, writes, weights, bool(macs)))
        if node.op in ("conv", "conv_transpose") and facts.settings.get("bias"):  # cuDNN's are without
            shape, dtype = facts.outputs[0], self._dtypes.outputs[node, 0]
            self._values[node, 0] = self._put(node, "bytes", writes[0], self._new(shape, dtype))

    def _attention(self, node: Node, reads: tuple[Value, ...], writes: tuple[Value, ...], macs: int) -> None:
        """Attention that is not of four axes, which torch computes step by step, in float32.

        Source: _scaled_dot_product_attention_math in ATen/native/transformers/attention.cpp, of torch 2.5 and later.
        """
        queries, keys = node.inputs[0].shape, node.inputs[1].shape
        narrow = itemsize(FULL) // itemsize(self._dtypes.outputs[node, 0])
        if narrow > 1:
            reads = tuple(self._put(node, "bytes", each, self._like(each, narrow)) for each in reads)
        factors = tuple(self._put(node, "bytes", each, self._like(each)) for each in reads[:2])  # scaled
        scores = self._new((*queries[:-1], keys[-2]), FULL)
        self.found.append(Kernel(node, "linear", SLOW * macs / 2, factors, (scores,), 0, True))
        weights, safe = self._put(node, "norm_bytes", scores, self._like(scores)), self._like(scores)
        hidden = self._put(node, "bytes", scores, self._new((*queries[:-1], keys[-2]), "bool"))
        rows = self._put(node, "bytes", hidden, self._new(queries[:-1], "bool"))
        self.found.append(Kernel(node, "bytes", 0, (weights, rows), (safe,)))  # zero where all keys are hidden
        made = (self._new(node.facts.outputs[0], FULL),) if narrow > 1 else writes
        self.found.append(Kernel(node, "linear", SLOW * macs / 2, (safe, *reads[2:]), made, 0, True))
        if narrow > 1:
            self._put(node, "bytes", made[0], writes[0])

    def _like(self, value: Value, times: int = 1) -> Value:
        """A new tensor of that many times the bytes."""
        return Value(next(self._numbers), times * value.nbytes)

    def _is_channels_last(self, node: Node) -> bool:
        """True if a node's first input lies channels last in memory."""
        first: Tensor = node.inputs[0]
        strides = self._strides[first.node, first.index]
        return is_channels_last(first.shape, strides) and not is_contiguous(first.shape, strides)


def is_view(node: Node, run: Run) -> bool:
    """True if a node's outputs share its first input's memory and it writes nothing there."""
    facts = node.facts
    inplace = facts.settings.get("inplace") or node.op == "elementwise" or kind(node).endswith("_")
    shared = bool(node.inputs and facts.outputs) and all(
        facts.alias(i, run.mode) is not None for i in range(len(facts.outputs))
    )
    return shared and (not inplace or node.op == "dropout")


def _kind(node: Node, channels_last: bool) -> str:
    """The kind of a product."""
    if node.op in ("conv", "conv_transpose"):
        groups = node.facts.settings.get("groups", 1)
        if groups == 1:
            return "conv"
        if groups != node.inputs[0].shape[1]:
            return "grouped"
        return "depthwise_last" if channels_last else "depthwise" if _window(node) <= WIDE else "depthwise_wide"
    return "attention" if node.op == "scaled_dot_product_attention" else "linear"


def _window(node: Node) -> int:
    k = node.facts.settings["k"]
    return max(k) if isinstance(k, Sequence) else int(k)


def _padding(node: Node) -> float:
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


def by_node(found: Sequence[Kernel]) -> Mapping[Node, list[Kernel]]:
    """The kernels of each layer."""
    made: dict[Node, list[Kernel]] = {}
    for each in found:
        made.setdefault(each.node, []).append(each)
    return made
