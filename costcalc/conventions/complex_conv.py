"""Convolutions with complex weights, which torch runs as three real ones (complex_convolution in Convolution.cpp)."""

from __future__ import annotations

from costcalc.spec.count import Count, times
from costcalc.spec.node import Node
from costcalc.spec.run import Run

REAL = "with complex weights, of the three real convolutions that torch runs"


def as_run(node: Node, run: Run, count: Count | None) -> Count | None:
    """The count of a convolution; three times that if its weights are complex."""
    if count is None or not any(run.graph.dtypes.get(name, "").startswith("complex") for name in node.weights):
        return count
    return times("real", 3, count)
