"""Storages: the memory that the tensors of a graph lie in. Views and in-place results share it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from costcalc.analysis.strides import Key, Strides, all_strides
from costcalc.spec.dtypes import itemsize
from costcalc.spec.errors import CostcalcError
from costcalc.spec.facts import HELD
from costcalc.spec.node import Node, Tensor
from costcalc.spec.noticed import Elements
from costcalc.spec.run import Run
from costcalc.spec.saves import Extra
from costcalc.spec.shapes import numel


class Storage:
    """The memory of a tensor and of its aliases.

    node    the node that makes it; None for an input of the network
    nbytes  its bytes
    held    True if it exists before the network runs: a parameter, a buffer, a constant
    constant  True if a reader has followed how long it is alive: see `Noticed.made`
    """

    __slots__ = ("constant", "held", "nbytes", "node")

    def __init__(self, node: Node | None, nbytes: Any, held: bool = False, constant: bool = False) -> None:
        self.node, self.nbytes, self.held, self.constant = node, nbytes, held, constant

    @property
    def own(self) -> bool:
        """True if a node of the network makes it."""
        return self.node is not None and not self.held

    @property
    def of_caller(self) -> bool:
        """True for an input of the network."""
        return self.node is None and not self.held


class Storages:
    """The storage of each tensor of a run."""

    def __init__(self, run: Run) -> None:
        self.run = run
        if run.autocast:
            raise CostcalcError("memory is not computed under autocast; leave dtype 'amp' out")
        graph = run.graph
        self._inputs = {t.index: Storage(None, self._bytes(t.shape, t.dtype)) for t in graph.inputs}
        self._dtypes = graph.output_dtypes()
        self._made: dict[Key, Storage] = {}
        self._constants: dict[int, Storage] = {}
        for node in run.nodes:
            for i, shape in enumerate(node.facts.outputs):
                alias = _alias(node, i, run)
                own = self.constants(node).get(0) if node.op == "constant" else None
                if own is not None:
                    self._made[node, i] = own
                elif alias is None or alias == HELD:
                    self._made[node, i] = Storage(node, self._bytes(shape, self.dtype(node, i)), alias == HELD)
                else:
                    self._made[node, i] = self[node.inputs[alias]]

    def __getitem__(self, tensor: Tensor) -> Storage:
        return self._inputs[tensor.index] if tensor.node is None else self._made[tensor.node, tensor.index]

    @cached_property
    def strides(self) -> dict[Key, Strides]:
        """The strides of every tensor."""
        return all_strides(self.run.graph)

    @property
    def inputs(self) -> list[Storage]:
        """The storages of the network's inputs."""
        return list(self._inputs.values())

    def of(self, node: Node) -> Iterator[Storage]:
        """The storages of a node's outputs."""
        return (self._made[node, i] for i in range(len(node.facts.outputs)))

    def dtype(self, node: Node, output: int) -> str | None:
        """The dtype of an output: its own if a reader or the graph knows it, otherwise that of the run."""
        return self._dtypes.get((node, output))

    def copies(self, node: Node) -> list[Storage]:
        """The copies of a node's inputs that torch makes before it runs: of booleans as numbers."""
        given = [node.inputs[i] for i in node.noticed.copies]
        return [Storage(node, self._bytes(t.shape, None if t.dtype == "bool" else t.dtype)) for t in given]

    def constants(self, node: Node) -> dict[int, Storage]:
        """The constants that the pass makes and that a node takes beside its inputs, by the number of the argument."""
        return {
            argument: self._constants.setdefault(number, Storage(node, self.size(size), constant=True))
            for argument, number, size in node.noticed.made.taken
        }

    def size(self, size: Elements) -> Any:
        """The bytes of elements."""
        return size.floats * itemsize(self.run.dtype) + size.others

    def nbytes(self, extra: Extra, node: Node) -> Any:
        """The bytes of a tensor that a node makes beside its outputs."""
        own = node.inputs[0].dtype if node.inputs else None
        return self._bytes(extra.shape, own if extra.dtype is None or own == "float64" else extra.dtype)

    def tensor_bytes(self, t: Tensor) -> Any:
        """The bytes of a tensor's own elements."""
        return self._bytes(t.shape, t.dtype)

    def _bytes(self, shape: Any, dtype: str | None) -> Any:
        return numel(shape) * itemsize(self.run.dtype if dtype in (None, "float32") else dtype or "")


def _alias(node: Node, output: int, run: Run) -> int | None:
    if node.noticed.memory and output == 0:
        return 0 if node.noticed.memory == "input" and node.inputs else None
    return node.facts.alias(output, run.mode)
