"""The lines of torchinfo's summary, one per call of a module, and the parameters that each stands for.

A module in several places has the depth of the last one. The lines after a module's own that are deeper count as its
children, wherever they are held: so parameters can count several times, or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from costcalc.spec.dtypes import itemsize
from costcalc.spec.graph import Graph
from costcalc.spec.held_modules import HeldModules
from costcalc.spec.shapes import numel

CONTAINERS = tuple(f"torch.nn.modules.container.{kind}" for kind in ("ModuleDict", "ModuleList", "Sequential"))
"""Classes that are false if they are empty: a module with such a child alone is a leaf to torchinfo."""


@dataclass(slots=True)
class Line:
    """A line: the number of its module, its depth, whether the module had a line before, and whether it was called."""

    number: int
    depth: int
    recursive: bool
    called: bool = True


def params(graph: Graph, sizes: Mapping[str, int]) -> tuple[int, int]:
    """The parameters that torchinfo counts, and those of its line "Params size": of leaf modules alone.

    sizes  by the parameter's name: its elements, or its bytes

    Source: torchinfo.model_statistics.ModelStatistics.__init__ and LayerInfo.leftover_params.
    """
    held, lines = graph.held, _lines(graph.held)
    below = [sum(sizes[name] for name in names) for names in held.weights]
    leaf = [is_leaf(held, number) for number in range(len(held.modules))]
    rest: dict[int, int] = {}  # by place of the line
    for i in range(len(lines) - 1, -1, -1):
        line, inside = lines[i], 0
        if leaf[line.number]:
            rest[i] = below[line.number]
            continue
        for j in range(i + 1, len(lines)):
            if lines[j].depth <= line.depth:
                break
            inside += 0 if lines[j].recursive else rest[j]
        rest[i] = below[line.number] - inside
    first = [i for i, line in enumerate(lines) if not line.recursive]
    return sum(max(rest[i], 0) for i in first), sum(rest[i] for i in first if leaf[lines[i].number])


def own_sizes(graph: Graph) -> Mapping[str, int]:
    """Elements of each parameter; of a pruned one those that its mask leaves (LayerInfo.get_param_count)."""
    masked = {m.weights[key]: kept for m in graph.held.modules for key, kept in m.masked.items() if key in m.weights}
    return {name: masked.get(name, numel(shape)) for name, shape in graph.weights.items()}


def itemsize_of(graph: Graph, name: str) -> int:
    """Bytes per element of a parameter."""
    return itemsize(graph.dtypes.get(name, "float32"))


def own_bytes(graph: Graph) -> dict[str, int]:
    """Bytes of each parameter, counted as in `own_sizes`."""
    return {name: itemsize_of(graph, name) * size for name, size in own_sizes(graph).items()}


def is_leaf(held: HeldModules, number: int) -> bool:
    """True for a module that holds no others, or only empty containers."""
    children = [held.modules[child] for child in held.modules[number].distinct]
    return all(child.kind in CONTAINERS and not child.children for child in children)


def _lines(held: HeldModules) -> list[Line]:
    """A line per call, and per module around one that was never called (add_missing_container_layers)."""
    places = _places(held)
    scripted = [number for number in _in_order(places) if held.modules[number].scripted]  # cannot have hooks
    called = [number for number in held.called if not held.modules[number].scripted]
    lines, seen = list[Line](), set[int]()
    for number in (*scripted, *called):
        lines.append(Line(number, len(places[number]), number in seen))
        seen.add(number)
    above = {place: number for number, place in enumerate(places)}
    at, current = 0, dict[int, Line]()
    while at < len(lines):
        line, added = lines[at], 0
        for depth in range(1, line.depth):
            number = above[places[line.number][:depth]]
            before = lines[at + added - 1]
            if depth in current and current[depth].number == number:
                continue
            if before.number == number and not before.called:
                continue
            current[depth] = Line(number, depth, number in seen, called=False)
            lines.insert(at + added, current[depth])
            seen.add(number)
            added += 1
        current = {depth: each for depth, each in current.items() if depth < line.depth}
        current[line.depth] = line
        at += 1
    return lines


def _places(held: HeldModules) -> list[tuple[int, ...]]:
    """The last place of each module: how to get there from the model, by the numbers of names."""
    places: list[tuple[int, ...]] = [() for _ in held.modules]
    for number, module in enumerate(held.modules):
        for i, child in enumerate(module.children.values()):
            places[child] = max(places[child], (*places[number], i))
    return places


def _in_order(places: Sequence[tuple[int, ...]]) -> list[int]:
    return sorted(range(len(places)), key=lambda number: places[number])
