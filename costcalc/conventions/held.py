"""Modules that a model holds in several places, as tools see them: they add up numbers from parents to children."""

from __future__ import annotations

from collections.abc import Iterable

from costcalc.conventions.called import around
from costcalc.spec.graph import Graph
from costcalc.spec.node import Node

SHARED = "of a module in several places, once per place"
HELD = "places"
"""Name of the factor."""


def holder(node: Node, graph: Graph) -> str:
    """Path of the innermost module around a node that the model holds; "" is the model."""
    paths = (node.module, *(call.path for call in around(node)))
    return next((path for path in paths if path in graph.held.numbers), "")


def places(node: Node, graph: Graph) -> int:
    """In how many places the model holds the module of a node; 1 if the network was not read."""
    return graph.held.times(holder(node, graph))


def by_place(counted: Iterable[tuple[Node, int]], graph: Graph) -> dict[str, int]:
    """Numbers of nodes that count once per place of their module, by path: for one place, with those of children."""
    own: dict[str, int] = {}
    for node, number in counted:
        path = holder(node, graph)
        own[path] = own.get(path, 0) + number // places(node, graph)
    return graph.held.summed(own)


def by_path(numbers: Iterable[tuple[Node, int]]) -> dict[str, int]:
    """Numbers of nodes, added up over the paths of their modules and all parts of these; "" is the network."""
    sums = {"": 0}
    for node, number in numbers:
        path = node.module
        parts = path.split(".") if path else []
        for depth in range(len(parts) + 1):
            module = ".".join(parts[:depth])
            sums[module] = sums.get(module, 0) + number
    return sums


def by_running(counted: Iterable[tuple[Node, int]], global_hooks: bool) -> dict[str, int]:
    """Numbers of nodes, added up over the modules that are running when they do, by path; "" is the network.

    global_hooks  True for a tool with hooks on all modules, which run before those of the module: a pre-hook is inside
                  of its module, and a hook outside. Otherwise it is the reverse
    """
    sums = {"": 0}
    for node, number in counted:
        paths = {node.module, *(call.path for call in around(node)), ""}
        if global_hooks and node.noticed.hook_of is not None:
            paths ^= {node.noticed.hook_of}
        for path in paths | {""}:
            sums[path] = sums.get(path, 0) + number
    return sums
