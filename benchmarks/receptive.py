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
    *("swin_t", "swin_v2_t", "maxvit_t", "fcn_resnet50", "deeplabv3_resnet50", "r3d_18"),
]
WIDTHS = (4, 8, 16, 32, 64, 96, 128, 160, 224)
TIMES = 3
"""A network with windows has a larger field at a longer input: they no longer hold all of it."""


def last_on_a_grid(graph: costcalc.Graph, modules: bool) -> tuple[Node, int, Places]:
    """The last node whose positions lie on a grid: its axis along the input's first spatial one, and their places.

    modules  True for the last one that is a module, in its last call
    """
    found = fields(graph)
    nodes = [node for node in graph.nodes if found[node] and found[node][0].grid]
    if modules:
        last, paths = {node.path: node for node in graph.nodes}, {module.path for module in graph.held.modules}
        nodes = [node for node in nodes if node.path in paths and last[node.path] is node]
    grid = found[nodes[-1]][0].grid
    assert grid is not None
    return nodes[-1], *grid


def long_enough(name: str) -> costcalc.Graph:
    """The network at an input that is larger than its field along the first spatial axis, if it takes one."""
    graph = costcalc.graph(name)
    for _ in range(TIMES):
        *_, places = last_on_a_grid(graph, ":" in name)
        channels, had, *others = graph.inputs[0].shape[1:]
        length = -(-(places.size + 2 * int(places.stride or 0)) // 64) * 64
        if had == length:
            break
        made = (_at(name, (channels, length, *(width for _ in others))) for width in WIDTHS)
        longer = next((each for each in made if each is not None), None)
        if longer is None:
            break
        graph = longer
    return graph


def _at(name: str, input: tuple[int, ...]) -> costcalc.Graph | None:
    """The network at an input; None if it does not take it."""
    try:
        return costcalc.graph(name, input=input)
    except costcalc.CostcalcError:
        return None


def by_gradient(name: str, graph: costcalc.Graph, node: Node, at: int, along: int) -> tuple[int, int]:
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
        node, along, places = last_on_a_grid(graph, ":" in name)
        length, at = graph.inputs[0].shape[2], node.facts.outputs[0][along] // 2
        first, last = places.at(at)
        expected = max(first, 0), min(last, length - 1)
        found = by_gradient(name, graph, node, at, along)
        equal += found == expected
        said = ("equal" if found == expected else "differs") + (", clipped" if (first, last) != expected else "")
        where = f"{places.size} | {places.stride} | {places.first[0]} | {at}"
        ranges = f"{expected[0]} to {expected[1]} | {found[0]} to {found[1]}"
        print(f"| {name} | {node.name} | {length} | {where} | {ranges} | {said} |", flush=True)
    print(f"\n{equal} of {len(names)} equal.")


if __name__ == "__main__":
    main()
