"""Nodes of a graph, the tensors between them, and the calls of blocks that they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from costcalc.spec.facts import Facts, TorchCall
from costcalc.spec.noticed import ModuleCall, Noticed
from costcalc.spec.shapes import Shape, text

if TYPE_CHECKING:
    from costcalc.spec.building import Trace

NOTHING, NO_MODULE = Noticed(), ModuleCall()
"""What is noticed of a network that was not read."""


class Tensor:
    """An output of a node, or an input of the network (then `node` is None).

    `index` is the number of the output of the node, or of the input of the network. `dtype` is torch's name, such as
    "int64" for token ids; None means floating point, in the dtype of the run. `label` is the name of an input that has
    one.
    """

    __slots__ = ("dtype", "index", "label", "node", "shape", "trace")

    def __init__(self, trace: Trace, shape: Shape, node: Node | None, index: int, label: str = "") -> None:
        self.label = label
        self.trace, self.shape, self.node, self.index = trace, shape, node, index
        self.dtype: str | None = None

    @property
    def integer(self) -> bool:
        """True for integers and other dtypes that are not floating point."""
        return self.dtype is not None and not self.dtype.startswith(("float", "bfloat", "complex"))

    @property
    def name(self) -> str:
        """The name of the node that makes it; of an input its own, or ``input``."""
        if self.node is not None or self.label:
            return self.node.name if self.node is not None else self.label
        return "input" if self.index == 0 else f"input_{self.index + 1}"

    def __repr__(self) -> str:
        return f"Tensor({self.name}: {text(self.shape)})"


class BlockCall:
    """One call of a block: the path of its name, and the call that contains it (None: the network itself).

    `module` is what a reader noticed about the module that is called. A graph adds `first`, the first node of the call,
    and `weights`, the module's own weights by their names in it.
    """

    __slots__ = ("first", "module", "parent", "path", "weights")

    def __init__(self, path: str, parent: BlockCall | None, module: ModuleCall = NO_MODULE) -> None:
        self.path, self.parent, self.module = path, parent, module
        self.first: Node | None = None
        self.weights: Mapping[str, Shape] = {}


class Node:
    """One use of an op.

    name     unique: the path, with ``@2`` for the second use of a shared layer
    op       the kind of computation: the name of its rule
    inputs   tensors
    facts    the result of the rule
    weights  names of its weights in the graph
    block    the block call that it belongs to
    noticed  what a reader noticed about the call
    """

    __slots__ = ("__weakref__", "block", "facts", "inputs", "name", "noticed", "op", "weights")

    def __init__(
        self,
        name: str,
        op: str,
        inputs: tuple[Tensor, ...],
        facts: Facts,
        weights: tuple[str, ...],
        block: BlockCall | None,
        noticed: Noticed = NOTHING,
    ) -> None:
        self.name, self.op, self.inputs = name, op, inputs
        self.facts, self.weights, self.block, self.noticed = facts, weights, block, noticed

    @property
    def path(self) -> str:
        """The prefix of its weights in a state_dict: the name without the number of the use."""
        path, _, use = self.name.rpartition("@")
        return path if path and use.isdigit() else self.name

    @property
    def call(self) -> TorchCall | None:
        """The call of torch as counting tools see it: the one that the model makes, otherwise the op's own."""
        return None if self.noticed.no_call else self.noticed.called_as or self.facts.torch

    @property
    def module(self) -> str:
        """Path of the torch module that runs it: its own, or its block's if it is a function call."""
        if self.call is not None and self.call.is_module:
            return self.path if self.noticed.module is None else self.noticed.module
        return self.block.path if self.block else ""

    def argument(self, i: int) -> int:
        """Which argument of its operation an input is, by number."""
        return self.noticed.arguments[i] if self.noticed.arguments else i

    def __repr__(self) -> str:
        return f"Node({self.name}: {self.op})"


def ancestors(nodes: Iterable[Node | None]) -> set[Node]:
    """These nodes and all nodes that they depend on; None stands for an input of the network."""
    found: set[Node] = set()
    todo = list(nodes)
    while todo:
        node = todo.pop()
        if node is not None and node not in found:
            found.add(node)
            todo.extend(t.node for t in node.inputs)
    return found
