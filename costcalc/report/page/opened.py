"""The blocks that are open at first: as many levels as leave the network in sight."""

from __future__ import annotations

from collections.abc import Iterator

from costcalc.report.page.tree import Item

MOST_SHOWN = 48
"""Layers and folded blocks that are shown at first."""


def items_of(tree: Item) -> Iterator[Item]:
    """The items of a tree, each before its children."""
    todo = [tree]
    while todo:
        item = todo.pop()
        yield item
        todo.extend(reversed(item.children))


def opened(tree: Item) -> list[int]:
    """The numbers of the items that are open, in the order of `items_of`: whole levels, then blocks while they fit.

    Equal neighbours stay one.
    """
    number = {id(item): i for i, item in enumerate(items_of(tree))}
    found, shown, level = [number[id(tree)]], len(tree.children), tree.children
    while level:
        blocks = [item for item in level if item.children and item.times == 1]
        more = sum(len(item.children) - 1 for item in blocks)
        if shown + more > MOST_SHOWN:
            break
        found += [number[id(item)] for item in blocks]
        shown += more
        level = [child for item in blocks for child in item.children]
    return found
