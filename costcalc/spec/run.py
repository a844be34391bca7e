"""Run: one pass of a graph. What a rule of a quantity or of a counting tool is told beside the node."""

from __future__ import annotations

from functools import cached_property

from costcalc.spec import arguments
from costcalc.spec.graph import MODES, Graph, Mode, Node


class Run:
    """A graph, and how it is run.

    graph  the network
    mode   "eval" or "train"
    dtype  of its floating-point tensors, by torch's name

    Raises SpecError for another mode.
    """

    def __init__(self, graph: Graph, mode: Mode = "eval", dtype: str = "float32") -> None:
        arguments.instance("graph", graph, Graph, "a Graph; costcalc.cost('googlenet') takes a model")
        arguments.one_of("mode", mode, MODES)
        self.graph, self.mode, self.dtype = graph, mode, dtype

    @cached_property
    def not_run(self) -> frozenset[Node]:
        """Nodes that this mode does not run."""
        return self.graph.not_run(self.mode)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Nodes that this mode runs, in order."""
        return tuple(node for node in self.graph.nodes if node not in self.not_run)

    def in_eval(self) -> Run:
        """The same run in eval mode."""
        return self if self.mode == "eval" else Run(self.graph, "eval", self.dtype)

    def __repr__(self) -> str:
        return f"Run({self.graph.name}, {self.mode})"
