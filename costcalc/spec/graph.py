"""Graph: a traced network: tensors, the nodes that make them, and the weights that the nodes refer to."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from importlib import import_module
from typing import Any, Literal, NamedTuple

from costcalc.spec import arguments
from costcalc.spec.dtypes import usual_dtypes
from costcalc.spec.errors import CostcalcError
from costcalc.spec.held_modules import NOT_READ, HeldModules
from costcalc.spec.near import hinted
from costcalc.spec.node import Node, Tensor, ancestors
from costcalc.spec.shapes import Shape, text
from costcalc.spec.sizes import known

Mode = Literal["eval", "train"]
MODES = ("eval", "train")

SEE = "see: costcalc table MODEL --depth layer"
"""Where the names of layers are, for an error without a near one."""


class Condition(NamedTuple):
    """A relation that must hold for a network whose sizes are symbols.

    relation  a sympy relation, such as ``floor(H/2) >= 3``
    layer     the first layer that needs it; empty: the network itself
    """

    relation: Any
    layer: str = ""

    def __str__(self) -> str:
        return f"layer {self.layer!r} needs {self.relation}" if self.layer else str(self.relation)


class Graph:
    """A network with all numbers fixed; sizes may be arrays or symbols.

    name           its name in reports
    inputs         its input tensors
    nodes          in the order they run
    outputs        its outputs in every mode
    train_outputs  outputs of auxiliary heads, in train mode only
    weights        shapes by state_dict name; buffers likewise
    dtypes         torch's names of the dtypes of weights and buffers that do not have the dtype of the run; by default
                   those of torch's own layers
    note           remarks for readers of its numbers, a line each; may be empty
    frozen         names of weights that are not trained
    limits         conditions on symbols of its sizes, in addition to those of its nodes
    transformed    True if its forward pass takes derivatives, or maps over an axis (torch.func): torch then runs
                   other operations than the modules and functions that are called say
    varying        True if sizes of its tensors, or which of its modules are called, depend on values, though no
                   mult-adds do
    held           the modules of the model that was read
    until          the last node during which the code of a model that was read holds an output, by its node and number,
                   if that is later than the last node that reads it; None if nobody saw
    detached       numbers of the outputs that no gradient comes from
    batched        True if the first axis of each input is the batch
    """

    def __init__(
        self,
        name: str,
        inputs: tuple[Tensor, ...],
        nodes: tuple[Node, ...],
        outputs: tuple[Tensor, ...],
        train_outputs: tuple[Tensor, ...],
        weights: Mapping[str, Shape],
        buffers: Mapping[str, Shape],
        note: str = "",
        frozen: frozenset[str] = frozenset(),
        limits: tuple[Condition, ...] = (),
        transformed: bool = False,
        dtypes: Mapping[str, str] | None = None,
        held: HeldModules = NOT_READ,
        batched: bool = True,
        varying: bool = False,
        until: Mapping[tuple[Node, int], Node] | None = None,
        detached: frozenset[int] = frozenset(),
    ) -> None:
        self.name, self.inputs, self.nodes = name, inputs, nodes
        self.outputs, self.train_outputs = outputs, train_outputs
        self.weights, self.buffers, self.note, self.frozen = weights, buffers, note, frozen
        self.limits = limits
        self.transformed, self.varying, self.held, self.until = transformed, varying, held, until
        self.detached = detached
        self.dtypes = usual_dtypes(buffers) if dtypes is None else dtypes
        self.batched = batched and bool(inputs) and bool(inputs[0].shape)
        if any(node.block is not None and node.block.module.kind for node in nodes):
            self._tell_calls()

    def _tell_calls(self) -> None:
        """Set `first` and `weights` of each block call."""
        own: dict[str, dict[str, Shape]] = {}
        for weight, shape in self.weights.items():
            path, _, key = weight.rpartition(".")
            own.setdefault(path, {})[key] = shape
        for module in self.held.modules:
            own[module.path] = {key: self.weights[name] for key, name in module.weights.items()}
        for node in self.nodes:
            call = node.block
            while call is not None and call.first is None:
                call.first, call.weights = node, own.get(call.path, {})
                call = call.parent

    @property
    def batch(self) -> Any:
        """The batch size; None if the inputs have no batch axis."""
        return self.inputs[0].shape[0] if self.batched else None

    def in_numbers(self, what: str) -> None:
        """Raise CostcalcError, which says what needs numbers, if a size of an input is an array or a symbol."""
        if not all(known(size) for input in self.inputs for size in input.shape):
            raise CostcalcError(f"{what} needs sizes that are integers, not arrays or symbols")

    def renamed(self, name: str) -> Graph:
        """The same graph under another name in reports."""
        made = copy(self)
        made.name = name
        return made

    def sizes(self, input: Tensor) -> Shape:
        """The shape of an input without the batch."""
        return input.shape[1:] if self.batched else input.shape

    def output_dtypes(self) -> dict[tuple[Node | None, int], str]:
        """The dtypes of those outputs and inputs that have one of their own and are read, or always have it."""
        always: dict[tuple[Node | None, int], str] = {
            (node, i): each for node in self.nodes for i, each in enumerate(node.facts.dtypes) if each is not None
        }
        read = [*[t for node in self.nodes for t in node.inputs], *self.outputs, *self.train_outputs]
        return {**always, **{(t.node, t.index): t.dtype for t in read if t.dtype is not None}}

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Conditions on the symbols of its sizes, each relation once. Numbers that break one are refused."""
        own = [Condition(relation, node.name) for node in self.nodes for relation in node.facts.conditions]
        first: dict[Any, Condition] = {}
        for condition in (*self.limits, *own):
            first.setdefault(condition.relation, condition)
        return tuple(first.values())

    def node(self, name: str) -> Node:
        """The node of that name; otherwise the only node with the weight, or the module of weights, of that name.

        Raises CostcalcError for an unknown name, with the nearest ones, and for a weight of several nodes.
        """
        arguments.text("name", name)
        for node in self.nodes:
            if node.name == name:
                return node
        found = [node for node in self.nodes if any(name in (w, w.rpartition(".")[0]) for w in node.weights)]
        if len(found) == 1:
            return found[0]
        if found:
            first = ", ".join(node.name for node in found[:3])
            raise CostcalcError(f"{name} belongs to {len(found)} layers of {self.name}: {first}; name one of them")
        problem, known = f"{self.name} has no layer {name!r}", [node.name for node in self.nodes]
        raise CostcalcError(hinted(problem, name, known, most=3, cutoff=0.3, otherwise=SEE))

    def not_run(self, mode: Mode) -> frozenset[Node]:
        """Nodes that this mode does not run: in eval mode those that only train outputs need, and their readers."""
        if arguments.one_of("mode", mode, MODES) == "train" or not self.train_outputs:
            return frozenset()
        found = ancestors(t.node for t in self.train_outputs) - ancestors(t.node for t in self.outputs)
        for node in self.nodes:
            if any(t.node in found for t in node.inputs):
                found.add(node)
        return frozenset(found)

    def __repr__(self) -> str:
        shapes = ", ".join(text(t.shape) for t in self.inputs)
        return f"Graph({self.name}: {len(self.nodes)} nodes, input {shapes})"

    def _repr_html_(self) -> str:
        package: Any = import_module(__name__.partition(".")[0])  # loads what is above this room when it is asked for
        html: str = package.graph_html(self)
        return html
