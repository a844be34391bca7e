"""Run: one pass of a graph, passed to rules of quantities and counting tools beside the node."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from costcalc.spec import arguments
from costcalc.spec.dtypes import is_floating, itemsize, torch_name
from costcalc.spec.errors import CostcalcError
from costcalc.spec.exact import ExactArray
from costcalc.spec.graph import MODES, Graph, Mode
from costcalc.spec.node import Node, ancestors
from costcalc.spec.truths import Index, Undecided

AMP = "amp"
"""Float32 tensors under ``torch.autocast("cuda")``, whose products are in float16."""


class Run:
    """A graph, and how it is run.

    graph  the network
    mode   "eval" or "train"
    dtype  torch's name of the dtype of its floating-point tensors; "amp": float32, under autocast to float16; None:
           each has its own, float32 if it has none
    on     the Device that it is computed for, a `costcalc.analysis.device.Device`; None: no device
    timed  measures the seconds of a forward pass; None: nothing is run

    Raises SpecError for any other mode, and CostcalcError for a dtype without a known size.
    """

    def __init__(
        self, graph: Graph, mode: Mode = "eval", dtype: str | None = None, on: Any = None,
        timed: Callable[[], float] | None = None,
    ) -> None:  # fmt: skip
        arguments.instance("graph", graph, Graph, "a Graph; costcalc.cost('googlenet') takes a model")
        arguments.one_of("mode", mode, MODES)
        self.given_dtype = None if dtype is None else torch_name(arguments.text("dtype", dtype))
        self.autocast = "float16" if self.given_dtype == AMP else None
        own = self.given_dtype if self.autocast is None else None
        self.graph, self.mode, self.dtype, self.on, self.timed = graph, mode, own or "float32", on, timed
        itemsize(self.dtype)

    def dtype_of(self, own: str | None) -> str:
        """The dtype of a tensor, from its own: a floating-point tensor has that of the run if one is given."""
        return self.dtype if own is None or (self.given_dtype is not None and is_floating(own)) else own

    @cached_property
    def not_run(self) -> frozenset[Node]:
        """Nodes that this mode does not run."""
        return self.graph.not_run(self.mode)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Nodes that this mode runs, in order."""
        return tuple(node for node in self.graph.nodes if node not in self.not_run)

    @cached_property
    def needed(self) -> frozenset[Node]:
        """Nodes that an output or a write into a buffer needs; in train mode running statistics are written."""
        heads = self.graph.train_outputs if self.mode == "train" else ()
        todo = [t.node for t in (*self.graph.outputs, *heads)]
        todo += [node for node in self.graph.nodes if node.noticed.writes_state]
        if self.mode == "train":
            todo += [node for node in self.graph.nodes if "running_mean" in node.facts.buffers]
        return frozenset(ancestors(todo))

    @cached_property
    def elements(self) -> tuple[Index, list[Run]]:
        """The shape of its arrays of sizes, and the run at each element; no runs without arrays."""
        from costcalc.spec.substitute import elements  # needed for arrays only

        shape, graphs = elements(self.graph)
        return shape, [Run(graph, self.mode, self.given_dtype, self.on) for graph in graphs]

    @cached_property
    def _number(self) -> dict[Node, int]:
        return {node: i for i, node in enumerate(self.graph.nodes)}

    def each(self, node: Node | None, number: Callable[[Run, Node | None], int | None], error: Undecided) -> Any:
        """Evaluate a number that is not a formula of the sizes, for each element of their arrays.

        Raises CostcalcError, with the text of `error`, if sizes are symbols or if only some elements have a number.
        """
        shape, runs = self.elements
        if not runs:
            raise CostcalcError(f"{error}: give the sizes as numbers") from error
        found = [number(run, None if node is None else run.graph.nodes[self._number[node]]) for run in runs]
        seen = [each for each in found if each is not None]
        if seen and len(seen) < len(found):
            raise CostcalcError(f"{error}: give the sizes one by one") from error
        return ExactArray.stack(seen, shape) if seen else None

    def in_eval(self) -> Run:
        """The same run in eval mode."""
        return self if self.mode == "eval" else self._in_eval

    @cached_property
    def _in_eval(self) -> Run:
        return Run(self.graph, "eval", self.given_dtype, self.on)

    def __repr__(self) -> str:
        return f"Run({self.graph.name}, {self.mode})"
