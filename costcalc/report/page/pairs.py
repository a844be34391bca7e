"""Two networks aligned: pairs of items of their trees, by their labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from costcalc.report.page.opened import items_of
from costcalc.report.page.tree import Item

Pair = tuple[Item | None, Item | None]


def pairs_data(a: Item, b: Item) -> list[Any]:
    """The pairs as nested lists: the numbers of the two items, -1 for none, and the pairs inside."""
    number = {id(item): i for tree in (a, b) for i, item in enumerate(items_of(tree))}

    def data(pair: Pair) -> list[Any]:
        children = [each.children if each is not None else [] for each in pair]
        own = [-1 if each is None else number[id(each)] for each in pair]
        return [*own, [*map(data, aligned(*children))]]

    return data((a, b))


def aligned(a: Sequence[Item], b: Sequence[Item]) -> Iterator[Pair]:
    """The items of two blocks, in order: those with the same label together, others alone."""
    matcher = SequenceMatcher(None, [*map(_key, a)], [*map(_key, b)], autojunk=False)
    for kind, start, end, other, last in matcher.get_opcodes():
        if kind == "equal":
            yield from zip(a[start:end], b[other:last], strict=True)
        else:
            yield from ((item, None) for item in a[start:end])
            yield from ((None, item) for item in b[other:last])


def _key(item: Item) -> str:
    """The label; of equal neighbours the same for any number of them."""
    return re.sub(r"\d+$", "", item.label) if item.times > 1 else item.label
