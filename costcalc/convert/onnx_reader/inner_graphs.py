"""Read the graphs inside a node: the larger branch of an If, and the body of a loop, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import onnx

from costcalc.convert.onnx_reader.graph_builder import GraphBuilder
from costcalc.convert.onnx_reader.loops import LARGER, Loop, passes, size
from costcalc.convert.onnx_reader.module_paths import Place
from costcalc.convert.onnx_reader.operands import Value
from costcalc.convert.onnx_reader.stored_tensors import Scope
from costcalc.convert.rules import RULES
from costcalc.spec import CostcalcError


class InnerGraphs:
    """Reads them.

    read  reads a graph inside a frame, with its inputs and its scope; returns its outputs
    """

    def __init__(self, builder: GraphBuilder, read: Callable[..., list[Value]]) -> None:
        self.builder, self.read = builder, read

    def larger(self, node: onnx.NodeProto, frame: Any, scope: Scope) -> list[Value] | None:
        """The outputs of the larger branch of an If whose condition is not known; None if one cannot be read."""
        branches = [a for name in ("then_branch", "else_branch") for a in node.attribute if a.name == name]
        if "ai.onnx::If" in RULES or len(branches) != 2:
            return None

        def read() -> list[Value]:
            made, nodes = [], []
            for branch in branches:
                with self.builder.apart() as part:
                    made.append(self.read(branch.g, frame, {}, (*scope, branch.name)))
                    nodes.append(self.builder.trace.nodes[part.nodes :])
            larger = int(size(nodes[1]) > size(nodes[0]))
            self.builder.leave_out(nodes[1 - larger], len(nodes[0]) + len(nodes[1]))
            self.builder.notes[LARGER] = None
            return made[larger]

        return self.tried(read)

    def tried(self, read: Callable[[], list[Value]]) -> list[Value] | None:
        """Tensors that are read; None if they cannot be, and the graph as it was before."""
        with self.builder.apart() as part:
            try:
                return read()
            except CostcalcError:
                self.builder.forget(part)
                return None

    def loop(
        self,
        node: onnx.NodeProto,
        inputs: Sequence[Value | None],
        version: int,
        frame: Any,
        scope: Scope,
        where: Place,
    ) -> Loop | None:
        """A Loop or Scan by its body, which is read once; None for other ops, and if that does not tell its cost."""
        if node.op_type not in ("Loop", "Scan") or f"ai.onnx::{node.op_type}" in RULES:
            return None
        run = passes(node, inputs, version)
        body = next((a.g for a in node.attribute if a.name == "body"), None)
        if run is None or body is None or len(body.input) != len(run.inputs):
            return None
        found, said = None, dict[str, None]()
        with self.builder.apart() as part:
            with suppress(CostcalcError):
                given = [each.value(self.builder, where) for each in run.inputs]
                values = {value.name: x for value, x in zip(body.input, given, strict=True)}
                made = self.read(body, frame, values, (*scope, "body"))
                found = run.loop(made, self.builder.trace.nodes[part.nodes :])
                said = dict(self.builder.notes)
            self.builder.forget(part)
        self.builder.notes.update(said if found is not None else {})
        return found
