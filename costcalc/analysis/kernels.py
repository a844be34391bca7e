"""The kernels that a GPU runs for each layer: its op, and the casts, copies and biases that no call of the model names.

Of each the mult-adds and the tensors that it reads and writes, so that kernels can be joined, by
`costcalc.analysis.fusion`, and timed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from math import prod
from typing import NamedTuple

from costcalc.analysis.autocast import FULL, Autocast, autocast, kind
from costcalc.analysis.copies import Copies, copies
from costcalc.analysis.strides import Key, all_strides, is_channels_last, is_contiguous
from costcalc.analysis.tiles import padding
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
    kind     of its work, such as "conv", "bytes"; "copy_bytes": it copies a tensor because of its strides
    macs     mult-adds, with the channels padded to the tile
    reads    tensors from memory, each once
    writes   tensors to memory
    weights  bytes of its weights
    product  True if it is a product of a library, which is not joined with others
    call     False if it is launched within the call of the kernel before
    indices  bytes that it writes for a backward pass alone, which a compiler leaves out
    """

    node: Node
    kind: str
    macs: float
    reads: tuple[Value, ...]
    writes: tuple[Value, ...]
    weights: int = 0
    product: bool = False
    call: bool = True
    indices: int = 0

    @property
    def nbytes(self) -> int:
        """The bytes that it moves."""
        return sum(value.nbytes for value in (*self.reads, *self.writes)) + self.weights + self.indices


NORMS = ("layer_norm", "group_norm", "rms_norm", "softmax")
WITH_INDICES = ("max_pool", "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d")
"""Pools that write the places of their maxima, in int64, also where no gradient needs them."""
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

    def _put(self, node: Node, kind: str, value: Value, to: Value, call: bool = True) -> Value:
        """A kernel that reads one tensor and writes another one."""
        self.found.append(Kernel(node, kind, 0, (value,), (to,), call=call))
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
                source = self._put(node, "copy_bytes", source, self._new(facts.outputs[0], made[0]))
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
                value = self._put(node, "copy_bytes", value, self._new(t.shape, dtype))
            found[t.node, t.index] = value
        return tuple(found.values())

    def _run_op(self, node: Node, reads: tuple[Value, ...], writes: tuple[Value, ...]) -> None:
        facts, macs = node.facts, node.facts.macs.value if node.facts.macs is not None else 0
        own = self._dtypes.weights_read_as(node, self._run.dtype)
        weights = itemsize(own) * sum(prod(shape) for shape in facts.weights.values())
        if node.op == "scaled_dot_product_attention" and len(node.inputs[0].shape) != 4:
            self._attention(node, reads, writes, macs)
            return
        if node.op == "lrn":
            self._lrn(node, reads[0], writes[0])
            return
        what = _kind(node, self._is_channels_last(node)) if macs else "norm_bytes" if kind(node) in NORMS else "bytes"
        indices = prod(facts.outputs[0]) * itemsize("int64") if kind(node) in WITH_INDICES else 0
        self.found.append(Kernel(node, what, macs * padding(node), reads, writes, weights, bool(macs), indices=indices))
        if node.op in ("conv", "conv_transpose") and facts.settings.get("bias") and what != "depthwise_wide":
            # cuDNN's products are without; torch's own kernel of depthwise convolutions adds it
            shape, dtype = facts.outputs[0], self._dtypes.outputs[node, 0]
            self._values[node, 0] = self._put(node, "bytes", writes[0], self._new(shape, dtype), call=False)

    def _lrn(self, node: Node, given: Value, to: Value) -> None:
        """Local response norm, which torch.nn.functional.local_response_norm computes step by step.

        Squares; zeros, into which they are copied; their mean over channels, times alpha, plus k, to the power beta.
        """
        squares = self._put(node, "bytes", given, self._like(given))
        divisor = self._like(given)
        self.found.append(Kernel(node, "bytes", 0, (squares,), (divisor, divisor)))
        for _ in ("mean", "alpha", "k", "beta"):
            divisor = self._put(node, "bytes", divisor, self._like(given))
        self.found.append(Kernel(node, "bytes", 0, (given, divisor), (to,)))

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
