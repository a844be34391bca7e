"""Receptive fields, beside the gradient of the torch model at an input larger than the field.

    python benchmarks/receptive.py [MODEL ...]       # by default all networks of the zoo, and some of torchvision

Of each network the last layer whose output lies on a grid of the input's, at its middle position. The input is long
enough for the field along one axis, and as narrow as the network takes along the other. `clipped` says that the network
takes no such input, so that the field is compared inside of it. Networks of the zoo are built from their graph; those
of torchvision are its own models, up to the last such layer that is a module.
"""

from __future__ import annotations

import sys

import costcalc
from costcalc.analysis.receptive.field import Field
from costcalc.analysis.receptive.network import fields
from costcalc.analysis.receptive.places import Places
from costcalc.measure.receptive import positions, positions_of_module
from costcalc.measure.subject import Subject
from costcalc.spec.node import Node
from costcalc.spec.request import Request

TORCHVISION = [
    *("alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "efficientnet_v2_s", "googlenet", "inception_v3"),
    *("mnasnet1_0", "mobilenet_v2", "mobilenet_v3_small", "regnet_x_400mf", "regnet_y_400mf", "resnet18", "resnet50"),
    *("resnext50_32x4d", "shufflenet_v2_x1_0", "squeezenet1_0", "vgg16", "wide_resnet50_2"),
]
WIDTHS = (4, 8, 16, 32, 64, 96, 128, 160, 224)


def last_on_a_grid(graph: costcalc.Graph, modules: bool) -> tuple[Node, Field, Places]:
    """The last node whose positions lie on a grid, and what they depend on along the first spatial axis.

    modules  True for the last one that is a module, in its last call
    """
    found = fields(graph)
    nodes = [node for node in graph.nodes if found[node] and all(field.kind == "at" for field in found[node])]
    if modules:
        last, paths = {node.path: node for node in graph.nodes}, {module.path for module in graph.held.modules}
        nodes = [node for node in nodes if node.path in paths and last[node.path] is node]
    field = found[nodes[-1]][0]
    assert field.places is not None
    return nodes[-1], field, field.places


def long_enough(name: str) -> costcalc.Graph:
    """The network at an input that is larger than its field along the first spatial axis, if it takes one."""
    graph = costcalc.graph(name)
    *_, places = last_on_a_grid(graph, ":" in name)
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


def by_gradient(name: str, graph: costcalc.Graph, node: Node, at: int, along: int | None) -> tuple[int, int]:
    """The positions along the first spatial axis at which the gradient of a node's output is not 0."""
    if ":" not in name:
        return positions(graph, node, 2, at, along)
    model, _ = Subject(graph, Request(name)).build("cpu", "eval")
    return positions_of_module(model, node.path, graph.inputs[0].shape, 2, at, along)


def main() -> None:
    """Print the table, a row as soon as it is known."""
    every = [network.name for network in costcalc.networks()] + [f"torchvision:{name}" for name in TORCHVISION]
    names, equal = sys.argv[1:] or every, 0
    print("| network | layer | input | field | stride | offset | of position | depends on | by the gradient | |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|---|")
    for name in names:
        graph = long_enough(name)
        node, field, places = last_on_a_grid(graph, ":" in name)
        length, at = graph.inputs[0].shape[2], node.facts.outputs[0][field.axis or 0] // 2
        first, last = places.at(at)
        expected = max(first, 0), min(last, length - 1)
        found = by_gradient(name, graph, node, at, field.axis)
        equal += found == expected
        said = ("equal" if found == expected else "differs") + (", clipped" if (first, last) != expected else "")
        where = f"{places.size} | {places.stride} | {places.first[0]} | {at}"
        ranges = f"{expected[0]} to {expected[1]} | {found[0]} to {found[1]}"
        print(f"| {name} | {node.name} | {length} | {where} | {ranges} | {said} |", flush=True)
    print(f"\n{equal} of {len(names)} equal.")


if __name__ == "__main__":
    main()
