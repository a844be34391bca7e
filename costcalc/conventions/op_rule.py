"""OpRule: how a tool counts an op, an aten operation or a module, with the source of the rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from costcalc.spec.count import Count
from costcalc.spec.node import BlockCall, Node
from costcalc.spec.run import Run

CountRule = Callable[[Node, Run], Count | None]
"""The tool's count for a node: a Count; ZERO if zero by its convention; None if the tool does not count it."""

ModuleRule = Callable[[BlockCall], Count | None]
"""The tool's count for a call of a module that runs as several nodes, in addition to the counts of these nodes."""

ParamsRule = Callable[[Node, Run], Iterable[str]]
"""The weights and buffers of a node that the tool counts as params, by their names in `Facts`."""


@dataclass(frozen=True, slots=True)
class OpRule:
    """One rule of a tool.

    count      a CountRule, or a ModuleRule
    mirrors    the function of the tool's source that the rule follows
    note       how the tool counts, as a sentence without its subject: "counts 2 per element"
    otherwise  why the tool has no count where the rule returns None: "not counted in place: ..." or "cannot run ..."
    """

    count: Callable[..., Count | None]
    mirrors: str
    note: str = ""
    otherwise: str = ""

    @property
    def text(self) -> str:
        """`note` and `otherwise`."""
        return "; ".join(filter(None, (self.note, self.otherwise)))
