"""The dtypes of the tensors of a run."""

from __future__ import annotations

from costcalc.analysis.autocast import autocast
from costcalc.spec.dtypes import is_floating
from costcalc.spec.node import Node
from costcalc.spec.run import Run


def output_dtypes(run: Run) -> dict[tuple[Node, int], str]:
    """Torch's name of the dtype of each output of each node, by node and index.

    An output that no op reads has the dtype of the node's first floating-point input, otherwise that of the run.
    """
    graph = run.graph
    if run.autocast:
        made = autocast(run, run.autocast).outputs
        return {(node, at): dtype for (node, at), dtype in made.items() if node is not None}
    readers = [t for node in graph.nodes for t in node.inputs]
    found = {
        (t.node, t.index): run.dtype_of(t.dtype)
        for t in (*readers, *graph.outputs, *graph.train_outputs)
        if t.node is not None
    }
    for node in graph.nodes:
        for at in range(len(node.facts.outputs)):
            if (node, at) not in found:
                inputs = [run.dtype_of(t.dtype) for t in node.inputs]
                found[node, at] = next(filter(is_floating, inputs), run.dtype)
    return found
