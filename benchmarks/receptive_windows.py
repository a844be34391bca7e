"""Receptive fields of networks with shifted windows, at every position, beside the gradient of torchvision's own model.

    python benchmarks/receptive_windows.py

A shifted window at the border holds both ends of the input, so a field is the set of its positions around the end. The
input is a multiple of the windows of every stage along one axis, and one window or two along the other.
"""

from __future__ import annotations

import costcalc
from costcalc.analysis.receptive.network import fields
from costcalc.measure.receptive import each_position
from costcalc.measure.subject import Subject
from costcalc.spec.request import Request

NETWORKS = {"swin_t": (3, 224, 32), "swin_v2_t": (3, 256, 32)}
BLOCKS = [f"features.{name}" for name in ("0", "1.0", "1.1", "2", "3.0", "3.1", "4", "5.0", "5.1", "5.5")]


def main() -> None:
    """Print the table, a row as soon as it is known."""
    print("| network | block | field | stride | positions that are equal |")
    print("|---|---|--:|--:|--:|")
    for name, size in NETWORKS.items():
        request = Request(f"torchvision:{name}", input=size)
        graph = costcalc.graph(request.model, input=size)
        model, _ = Subject(graph, request).build("cpu", "eval")
        found, length = fields(graph), size[1]
        for block, depends in each_position(model, BLOCKS, (1, *size), 2, 1).items():
            node = [node for node in graph.nodes if node.name.startswith(f"{block}.")][-1]
            grid = found[node][0].grid
            assert grid is not None
            said = [
                {each % length for each in range(first, last + 1)}
                for first, last in map(grid[1].at, range(len(depends)))
            ]
            equal = sum(a == b for a, b in zip(said, depends, strict=True))
            print(
                f"| {name} | {block} | {found[node][0].size} | {grid[1].stride} | {equal} of {len(said)} |", flush=True
            )


if __name__ == "__main__":
    main()
