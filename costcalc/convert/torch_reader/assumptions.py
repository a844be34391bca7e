"""Choices and sizes that depend on values, which a read may assume: of experts by a router, and of rows that are found.

A first read assumes nothing: rows that are found are none, and the total is a lower bound. If other assumptions all
lead to the same mult-adds, as they do if experts are alike and no token is dropped, these do not depend on the values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import torch

from costcalc.convert.torch_reader.aten.schema import base, by_name
from costcalc.spec import Graph

ROUTED = (
    "Which experts are chosen depends on values: an even choice is shown, and the total is the same for other choices."
)
FOUND = (
    "No mult-adds depend on the rows that {} finds, whose number depends on values. They are taken as none: "
    "activations are at least these."
)

MANY = 256
"""Most rows that are assumed to be found: a model may loop over them."""

Choice = Literal["", "even", "first", "uneven"]
"""How a router chooses: not known; each expert as often as others; always the first; the later ones more rarely."""


class Assumption:
    """What one read assumes, and what it has met.

    choice  of experts; rows  how many rows are found: none, or as many as the tensor has elements, up to `MANY`
    routed  True once an index among a fixed number of choices was made from values
    found   names of operations whose number of rows was assumed
    empty   True once mult-adds depend on these rows
    """

    def __init__(self, choice: Choice = "", rows: Literal["none", "all"] = "none") -> None:
        self.choice, self.rows = choice, rows
        self.routed = self.empty = False
        self.found: dict[str, None] = {}

    @property
    def worth_another(self) -> bool:
        """True if other assumptions may show that mult-adds do not depend on what was assumed."""
        return self.routed or bool(self.found and not self.empty)

    def chosen(self, func: Any, args: Any, kwargs: Mapping[str, Any], made: Any) -> tuple[int, torch.Tensor] | None:
        """The position, among the results of an operation, of indices, and values for these.

        None if it makes no indices, or nothing is assumed.
        """
        name = base(func)
        if name == "remainder" and func._overloadname == "Scalar" and not made.dtype.is_floating_point:
            kinds = args[1]
            if not isinstance(kinds, int) or kinds < 1 or not made.dim():
                return None
            position, axis, several = 0, None, False
        elif func in INDICES:
            position, several = INDICES[func]
            named = by_name(func, args, kwargs)
            axis = named.get("dim", -1)
            x = named["self"]
            kinds = x.numel() if axis is None else x.shape[axis] if x.dim() else 1
        else:
            return None
        self.routed = True
        if not self.choice or not kinds:
            return None
        indices = made if isinstance(made, torch.Tensor) else made[position]
        with torch._C._DisableTorchDispatch():
            return position, self._choices(indices, kinds, axis if several and indices.dim() else None)

    def _choices(self, indices: torch.Tensor, kinds: int, axis: int | None) -> torch.Tensor:
        """Indices below `kinds`; along the axis, if one is given, no two are the same."""
        shape = indices.movedim(axis, -1).shape if axis is not None else indices.shape
        each = shape[-1] if axis is not None else 1
        rows = indices.numel() // max(each, 1)
        row = torch.arange(rows)
        start = {"even": row * each, "first": row * 0, "uneven": row * row * kinds // max(rows * rows, 1)}[self.choice]
        made = (start.unsqueeze(-1) + torch.arange(each)) % kinds
        made = made.reshape(shape).to(indices.dtype)
        return made.movedim(-1, axis).contiguous() if axis is not None else made


INDICES: dict[Any, tuple[int, bool]] = {
    torch.ops.aten.argmax.default: (0, False),
    torch.ops.aten.argmin.default: (0, False),
    torch.ops.aten.max.dim: (1, False),
    torch.ops.aten.min.dim: (1, False),
    torch.ops.aten.topk.default: (1, True),
    torch.ops.aten.sort.default: (1, True),
    torch.ops.aten.sort.stable: (1, True),
    torch.ops.aten.multinomial.default: (0, True),
}
"""Operation that makes indices along an axis -> which of its results they are, and whether they are several."""


class Reading(NamedTuple):
    """The graph and the result of one read."""

    graph: Graph
    result: Any


def settled(read: Callable[[Assumption], Reading]) -> Reading | None:
    """The read at an even choice and no rows, if other assumptions lead to the same mult-adds; otherwise None."""
    kept, first = None, None
    for assumed in (Assumption("even"), Assumption("first", "all"), Assumption("uneven")):
        made = read(assumed)
        size = _size(made.graph)
        if assumed.empty or first not in (None, size):
            return None
        if kept is not None and not assumed.routed:  # there are no other choices
            break
        if kept is None:
            kept, first = made, size
            notes = [ROUTED] if assumed.routed else []
            notes += [FOUND.format(" and ".join(assumed.found))] if assumed.found else []
    if kept is not None:
        kept.graph.note = " ".join([kept.graph.note, *notes]).strip()
        kept.graph.varying = True
    return kept


def _size(graph: Graph) -> tuple[int, list[str]]:
    """The mult-adds of a graph, and the operations whose mult-adds are unknown."""
    counts = [node.facts.macs for node in graph.nodes]
    unknown = [str(node.facts.settings.get("aten", node.op)) for node in graph.nodes if node.facts.macs is None]
    return sum(count.value for count in counts if count is not None), sorted(unknown)
