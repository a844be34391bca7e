"""Bytes moved: the memory that each op reads and writes, its inputs, weights and outputs once each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import ClassVar

from costcalc.analysis.kernels import kernels
from costcalc.analysis.quantity import NOT_RUN, UNKNOWN, Amount, Layers, Quantity
from costcalc.analysis.tensor_dtypes import output_dtypes
from costcalc.spec.count import ZERO, Count, Term
from costcalc.spec.dtypes import itemsize
from costcalc.spec.node import Node, Tensor
from costcalc.spec.run import Run
from costcalc.spec.shapes import Shape, numel
from costcalc.spec.sizes import known
from costcalc.spec.traits import traits


class BytesMoved(Quantity):
    """Bytes of a layer's inputs, weights and outputs, each once, in their own dtypes; of a view none.

    Of an embedding's table the rows that are looked up. Of an expanded input the elements that lie in memory. Buffers
    of a layer, such as running statistics, are left out. Under autocast also those of casts, and of copies that strides
    make.
    """

    key, heading, unit = "bytes_moved", "bytes moved", "B"
    reasons: ClassVar = {
        "counted": "inputs, weights and outputs, once each",
        "zero": "a view, or a tensor that exists before the network runs: nothing is read or written",
        "unknown": "a size depends on values, or it is not known what the op reads and writes",
    }

    def layers(self, run: Run) -> Layers:
        """The bytes of every node, as a sum of elements times bytes per element."""
        dtypes, graph = output_dtypes(run), run.graph
        by_values = graph.varying or any(node.facts.macs is None for node in graph.nodes)
        found = {}
        for node in graph.nodes:
            if node in run.not_run:
                found[node] = NOT_RUN
            elif by_values and any(map(_is_empty, (*(t.shape for t in node.inputs), *node.facts.outputs))):
                found[node] = UNKNOWN  # a size that depends on values is taken as 0
            else:
                found[node] = _amount(node, run, [dtypes[node, at] for at in _outputs(node)])
        return _under_autocast(found, run) if run.autocast else found


def _under_autocast(plain: Layers, run: Run) -> Layers:
    """The bytes of each node's kernels, casts and copies among them."""
    moved: dict[Node, int] = {}
    for kernel in kernels(run):
        moved[kernel.node] = moved.get(kernel.node, 0) + kernel.nbytes
    return {
        node: amount if amount.status in ("unknown", "not run") else Amount.of(_bytes(moved.get(node, 0)))
        for node, amount in plain.items()
    }


def _bytes(number: int) -> Count:
    return Count((("bytes",), (number,))) if number else ZERO


def _is_empty(shape: Shape) -> bool:
    return any(known(size) and size == 0 for size in shape)


def _outputs(node: Node) -> range:
    return range(len(node.facts.outputs))


def _amount(node: Node, run: Run, dtypes: Sequence[str]) -> Amount:
    facts = node.facts
    if facts.inside or (facts.macs is None and not facts.outputs):  # a loop; a layer that was not run
        return UNKNOWN
    written = [at for at in _outputs(node) if _is_written(node, at, run, dtypes)]
    if not written:
        return Amount.of(ZERO)
    read = {(t.node, t.index): t for t in node.inputs}
    terms = [_term("input", _in_memory(t), run.dtype_of(t.dtype)) for t in read.values()]
    for name in node.weights:
        shape = run.graph.weights[name]
        if traits(node.op).looks_up and _smaller(facts.outputs[0], shape):
            shape = facts.outputs[0]
        terms.append(_term("weight", shape, run.dtype_of(run.graph.dtypes.get(name))))
    terms += [_term("output", facts.outputs[at], dtypes[at]) for at in written]
    return Amount.of(Count(*terms))


def _term(name: str, shape: Shape, dtype: str) -> Term:
    return (name, "bytes"), (numel(shape), itemsize(dtype))


def _smaller(a: Shape, b: Shape) -> bool:
    """True if a shape has fewer elements than another; False if a size is an array or a symbol."""
    return all(map(known, (*a, *b))) and prod(a) < prod(b)


def _is_written(node: Node, at: int, run: Run, dtypes: Sequence[str]) -> bool:
    """True if an output has memory of its own, or is written into an input's."""
    facts = node.facts
    aliases = facts.aliases if run.mode == "eval" or facts.train_aliases is None else facts.train_aliases
    return at >= len(aliases) or aliases[at] is None or _writes_all(node, run, dtypes)


def _writes_all(node: Node, run: Run, dtypes: Sequence[str]) -> bool:
    """True if the op writes all its outputs although they are said to share an input's memory.

    It works in place, or converts the input to another dtype. Dropout does nothing in eval mode, also in place.
    """
    facts = node.facts
    if not node.inputs or (facts.train_aliases is not None and run.mode == "eval"):
        return False
    aten = str(facts.settings.get("aten", "")).partition(".")[0]
    converts = aten == "to" and dtypes[0] != run.dtype_of(node.inputs[0].dtype)
    return bool(facts.settings.get("inplace")) or aten.endswith("_") or node.op == "elementwise" or converts


def _in_memory(tensor: Tensor) -> Shape:
    """The shape of a tensor, or of the smallest tensor that it is a view of: an expanded one is stored once."""
    found = tensor.shape
    for source in _sources(tensor):
        found = source.shape if _smaller(source.shape, found) else found
    return found


def _sources(tensor: Tensor) -> Iterator[Tensor]:
    """The tensors whose memory a tensor shares, from the nearest one."""
    while tensor.node is not None and tensor.index < len(tensor.node.facts.aliases):
        alias = tensor.node.facts.aliases[tensor.index]
        if alias is None or not 0 <= alias < len(tensor.node.inputs):
            return
        tensor = tensor.node.inputs[alias]
        yield tensor


QUANTITY = BytesMoved()
