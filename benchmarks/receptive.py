"""Receptive fields, beside the gradient of the torch model at an input larger than the field.

    python benchmarks/receptive.py [MODEL ...]       # by default all networks of the zoo

Of each network the last layer whose output lies on a grid of the input's, at its middle position. The input is long
enough for the field along one axis, and as narrow as the network takes along the other. `clipped` says that the network
takes no such input, so that the field is compared inside of it.
"""

from __future__ import annotations

import sys

import costcalc
from costcalc.analysis.receptive.network import fields
from costcalc.analysis.receptive.places import Places
from costcalc.measure.receptive import positions
from costcalc.spec.node import Node

WIDTHS = (4, 8, 16, 32, 64, 96, 128, 160, 224)


def last_on_a_grid(graph: costcalc.Graph) -> tuple[Node, Places]:
    """The last node whose positions lie on a grid, and what they depend on along the first spatial axis."""
    found = fields(graph)
    nodes = [node for node in graph.nodes if found[node] and all(field.kind == "at" for field in found[node])]
    places = found[nodes[-1]][0].places
    assert places is not None
    return nodes[-1], places


def long_enough(name: str) -> costcalc.Graph:
    """The network at an input that is larger than its field along the first spatial axis, if it takes one."""
    graph = costcalc.graph(name)
    _, places = last_on_a_grid(graph)
    channels = graph.inputs[0].shape[1]
    length = -(-(places.size + 2 * int(places.stride)) // 64) * 64
    made = (_at(name, (channels, length, width)) for width in WIDTHS)
    return next((each for each in made if each is not None), graph)


def _at(name: str, input: tuple[int, int, int]) -> costcalc.Graph | None:
    """The network at an input; None if it does not take it."""
    try:
        return costcalc.graph(name, input=input)
    except costcalc.CostcalcError:
        return None


def main() -> None:
    """Print the table, a row as soon as it is known."""
    names, equal = sys.argv[1:] or [network.name for network in costcalc.networks()], 0
    print("| network | layer | input | field | stride | offset | of position | depends on | by the gradient | |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|---|")
    for name in names:
        graph = long_enough(name)
        node, places = last_on_a_grid(graph)
        length, at = graph.inputs[0].shape[2], node.facts.outputs[0][2] // 2
        first, last = places.at(at)
        expected = max(first, 0), min(last, length - 1)
        found = positions(graph, node, 2, at)
        equal += found == expected
        said = ("equal" if found == expected else "differs") + (", clipped" if (first, last) != expected else "")
        where = f"{places.size} | {places.stride} | {places.first[0]} | {at}"
        ranges = f"{expected[0]} to {expected[1]} | {found[0]} to {found[1]}"
        print(f"| {name} | {node.name} | {length} | {where} | {ranges} | {said} |", flush=True)
    print(f"\n{equal} of {len(names)} equal.")


if __name__ == "__main__":
    main()
