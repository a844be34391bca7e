"""Mixtures of experts: which weights of a network one token uses, as far as its graph shows it."""

from __future__ import annotations

from collections.abc import Iterator

from costcalc.spec.graph import Graph
from costcalc.spec.held_modules import HeldModule
from costcalc.spec.node import Node, ancestors
from costcalc.spec.shapes import numel

ROUTERS = ("argmax", "max", "multinomial", "topk")
"""Operations that choose among the last axis of their input, by their names in aten."""

LOOKUPS = ("gather", "index", "index_select", "select")
"""Operations that take a part of a tensor."""

LEVELS = 2
"""How many modules above the one that runs a router the experts may be."""

Group = list[list[str]]
"""The names of the weights of each expert; for experts stacked along a first axis, one list for all."""


def elements_used(graph: Graph) -> dict[str, int | None]:
    """The elements of each weight that one token uses; None if the graph does not show it.

    A router chooses k of E for each row of its input: topk, argmax, or the like, over a last axis of E. Its experts are
    in the module that runs it, or else in one of the two around that: E modules beside each other whose names differ in
    their numbers alone, with weights of the same names and sizes; or weights of three axes or more, the first of E, and
    those of fewer that lie beside them. No expert runs before the router or before another expert. A token uses k of E:
    of modules the first k stand for them.
    """
    used: dict[str, int | None] = {name: numel(shape) for name, shape in graph.weights.items()}
    routers = [(node, *chosen) for node in graph.nodes if (chosen := _chosen(node))]
    used.update(dict.fromkeys(_doubtful(graph, bool(routers))))
    ways: dict[str, set[int | None]] = {}
    for router, k, count in routers:
        for group in _experts(graph, router, count):
            for number, names in enumerate(group):
                for name in names:
                    size = numel(graph.weights[name])
                    own = size * k // count if len(group) == 1 else size * (number < k)
                    ways.setdefault(name, set()).add(own if k else None)
    return {**used, **{name: own.pop() if len(own) == 1 else None for name, own in ways.items()}}


def _chosen(node: Node) -> tuple[int, int] | None:
    """How many of how many a node chooses in each row; (0, n) if the choice is along another axis than the last.

    None if it does not choose.
    """
    if node.facts.settings.get("aten") not in ROUTERS or not node.inputs or node.inputs[0].integer:
        return None
    shape, out = node.inputs[0].shape, node.facts.outputs[0]
    if len(shape) < 2:
        return None
    if out in (shape[:-1], (*shape[:-1], 1)):
        return 1, shape[-1]
    if out[:-1] == shape[:-1] and out[-1] < shape[-1]:
        return (0, shape[-2]) if node.facts.settings["aten"] == "topk" and _turned(node) else (out[-1], shape[-1])
    return None


def _turned(router: Node) -> bool:
    """True if the scores are transposed on their way from the layer that makes them: experts then choose tokens."""
    node: Node | None = router
    while node is not None and not (node.facts.macs and node.facts.macs.terms):
        if node.op == "transpose":
            return True
        node = node.inputs[0].node if node.inputs else None
    return False


def _experts(graph: Graph, router: Node, count: int) -> Iterator[Group]:
    """The groups of `count` experts that a router chooses among: those in the smallest module that has any."""
    path = router.block.path.split(".") if router.block and router.block.path else []
    before, users = ancestors([router]), _users(graph)
    for level in range(min(LEVELS, len(path)) + 1):
        number = graph.held.numbers.get(".".join(path[: len(path) - level]))
        found = [] if number is None else list(_groups(graph, number, count))
        found = [group for group in found if _parallel(group, users, before)]
        if found:
            yield from found
            return


def _groups(graph: Graph, number: int, count: int) -> Iterator[Group]:
    """The groups of `count` equal parts of a module: its stacked weights, modules beside each other, those below."""
    if count < 2:
        return
    module = graph.held.modules[number]
    plain = {node.weights[0] for node in graph.nodes if node.op == "parameter"}
    sizes = {name: graph.weights[name] for name in module.weights.values() if name in plain}
    stacked = [name for name, shape in sizes.items() if shape[:1] == (count,)]
    if any(len(sizes[name]) > 2 for name in stacked):
        yield [stacked]
    alike: dict[tuple[object, ...], list[int]] = {}
    for name, child in {child: (name, child) for name, child in module.children.items()}.values():
        key = (name.rstrip("0123456789"), *_signature(graph, child))
        alike.setdefault(key, []).append(child)
    for (_, *signature), children in alike.items():
        if len(children) == count and signature:
            yield [list(_names(graph, graph.held.modules[child])) for child in children]
        else:
            for child in children:
                yield from _groups(graph, child, count)


def _names(graph: Graph, module: HeldModule) -> Iterator[str]:
    yield from module.weights.values()
    for child in module.distinct:
        yield from _names(graph, graph.held.modules[child])


def _signature(graph: Graph, number: int) -> tuple[object, ...]:
    """Names and sizes of a module's weights; empty if it has none."""
    prefix = len(graph.held.modules[number].path) + 1
    return tuple((name[prefix:], graph.weights[name]) for name in _names(graph, graph.held.modules[number]))


def _parallel(group: Group, users: dict[str, list[Node]], before: set[Node]) -> bool:
    """True if no expert runs before the router, nor the first before the second."""
    members = [{node for name in names for node in users.get(name, ()) if node.inputs} for names in group]
    if any(not before.isdisjoint(member) for member in members):
        return False
    return len(members) == 1 or members[0].isdisjoint(ancestors(members[1]))


def _users(graph: Graph) -> dict[str, list[Node]]:
    """The nodes that have each weight."""
    users: dict[str, list[Node]] = {}
    for node in graph.nodes:
        for name in node.weights:
            users.setdefault(name, []).append(node)
    return users


def _doubtful(graph: Graph, routed: bool) -> set[str]:
    """Weights of which a token uses an unknown part unless they are known as experts'.

    They take part in layers whose input is empty as its size depends on values; no layer takes them, though sizes
    depend on values; or tensors are cut out of them that the input chooses. If the modules are not known: all, if there
    is a router.
    """
    if routed and not graph.held.modules:
        return set(graph.weights)
    varies = any(node.op == "unknown" and not all(map(numel, node.facts.outputs)) for node in graph.nodes)
    followers: dict[Node, list[Node]] = {}
    for node in graph.nodes:
        for source in {t.node for t in node.inputs if t.node is not None}:
            followers.setdefault(source, []).append(node)
    kept = {t.node for t in graph.outputs}
    found: set[str] = set()
    for node in graph.nodes:
        empty = any(not numel(t.shape) for t in node.inputs)
        idle = node.op == "parameter" and node not in followers and node not in kept
        if (varies and (empty or idle)) or (node.op == "parameter" and _cut(node, followers)):
            found.update(node.weights)
    return found


def _cut(parameter: Node, followers: dict[Node, list[Node]]) -> bool:
    """True if matrices are taken out of a stack of them: one of several, or those that computed numbers choose."""
    if len(parameter.facts.outputs[0]) < 3:
        return False
    todo = [parameter]
    cuts = []
    while todo:
        node = todo.pop()
        for after in followers.get(node, ()):
            if after.op == "transpose":
                todo.append(after)
            elif after.facts.settings.get("aten") in LOOKUPS:
                cuts.append(after)
    return len(cuts) == 1 and (cuts[0].facts.settings["aten"] == "select" or any(t.integer for t in cuts[0].inputs[1:]))
