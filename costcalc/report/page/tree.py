"""The tree of a network for the page: blocks in blocks, as layers' names say, with equal neighbours as one.

Each item is a range of the layers in the order in which they run, so that no block depends on a later one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from costcalc.spec.graph import Graph
from costcalc.spec.node import Node

MOST_DEPTH = 24
"""Blocks in blocks; what lies deeper is shown as layers."""

NUMBERED = re.compile(r"(.*?)(\d+)")


@dataclass(slots=True)
class Item:
    """A layer, a block, or equal neighbouring blocks.

    label     the part of the name that its parent does not have
    first     number of its first layer; `end` is that after its last
    times     the number of equal blocks that it stands for, its children; otherwise 1
    """

    label: str
    first: int
    end: int
    times: int = 1
    children: list[Item] = field(default_factory=list)


def tree_of(graph: Graph) -> Item:
    """The network as an item whose children are its outermost blocks and layers."""
    parts = [node.name.split(".") for node in graph.nodes]
    number = {node: i for i, node in enumerate(graph.nodes)}
    alike = [_likeness(node, i, number) for i, node in enumerate(graph.nodes)]
    return Item(graph.name, 0, len(parts), 1, _children(parts, 0, len(parts), 0, alike))


def _children(parts: Sequence[Sequence[str]], first: int, end: int, depth: int, alike: Sequence[Any]) -> list[Item]:
    made: list[Item] = []
    deepest = depth >= MOST_DEPTH

    def key(i: int) -> tuple[str, int]:
        is_block = len(parts[i]) > depth + 1 and not deepest
        return parts[i][depth] if is_block else "", -1 if is_block else i

    for (label, _), group in groupby(range(first, end), key):
        within = [*group]
        start, stop = within[0], within[-1] + 1
        if not label and len(within) == 1:
            made.append(Item(".".join(parts[start][depth:]), start, stop))
            continue
        children = _children(parts, start, stop, depth + 1, alike)
        if len(children) == 1:  # a block of one item is that item
            (only,) = children
            only.label = f"{label}.{only.label}"
            made.append(only)
        else:
            made.append(Item(label, start, stop, 1, children))
    return _stacked(made, alike)


def _stacked(items: list[Item], alike: Sequence[Any]) -> list[Item]:
    """Items, with equal neighbouring blocks as one."""
    made: list[Item] = []
    for _, group in groupby(items, lambda item: _signature(item, alike)):
        same = [*group]
        if len(same) == 1 or not same[0].children:
            made += same
        else:
            made.append(Item(_label(same), same[0].first, same[-1].end, len(same), same))
    return made


def _signature(item: Item, alike: Sequence[Any]) -> Any:
    if not item.children:
        return item.first
    return [alike[i](item.first) for i in range(item.first, item.end)]


def _likeness(node: Node, at: int, number: dict[Node, int]) -> Any:
    """A function of the first layer of a block, whose results are equal for equal layers of equal blocks."""
    own = node.op, node.facts.outputs, str(dict(node.facts.settings)), [*node.facts.weights.values()]
    reads = [(-1 if t.node is None else number[t.node], t.index, t.shape) for t in node.inputs]

    def of(first: int) -> Any:
        return own, [(i - first if i >= first else "outside", index, shape) for i, index, shape in reads]

    return of


def _label(same: Sequence[Item]) -> str:
    """``1-5`` for 1, 2, ..., 5; ``layer_1-5``; otherwise the first and the last name."""
    first, last = same[0].label, same[-1].label
    a, b = NUMBERED.fullmatch(first), NUMBERED.fullmatch(last)
    return f"{first}-{b[2]}" if a and b and a[1] == b[1] else f"{first} - {last}"
