"""Claim: a statement of a source about cost, and the function that recomputes it from the networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, Protocol

from costcalc.analysis.cost import Cost
from costcalc.analysis.printed import judge
from costcalc.spec import Graph, Run, Tensor, conv, trace
from costcalc.spec.node import Node

Verdict = Literal["right", "right number, wrong label", "wrong", "unsupported", "incomplete"]
Build = Callable[[str, int], Graph]
"""Returns a network for a name and a batch."""


class Counter(Protocol):
    """The part of a tool's convention that claims need."""

    def total(self, run: Run) -> int:
        """The tool's number for the network."""

    def memory(self, run: Run) -> dict[str, int]:
        """Bytes, by the tool's own names."""


class Networks:
    """The networks of the claims, each built once, and the conventions of tools that some claims used."""

    def __init__(self, build: Build, tool: Callable[[str], Counter]) -> None:
        self.build, self.tool = build, tool
        self.costs: dict[tuple[str, int], Cost] = {}

    def cost(self, name: str, batch: int = 1) -> Cost:
        """The Cost of a network."""
        if (name, batch) not in self.costs:
            self.costs[name, batch] = Cost(self.build(name, batch))
        return self.costs[name, batch]

    def graph(self, name: str, batch: int = 1) -> Graph:
        """The network itself."""
        return self.cost(name, batch).graph

    def params(self, name: str) -> int:
        """Its params."""
        return self.cost(name).params

    def macs(self, name: str) -> int:
        """Its mult-adds."""
        return self.cost(name).macs

    def nodes(self, name: str, *ops: str) -> list[Node]:
        """Its nodes of some ops."""
        return [node for node in self.graph(name).nodes if node.op in ops]

    def block(self, name: str, block: str) -> int:
        """Params of one block."""
        return next(row.params for row in self.cost(name).by_block().rows if row.name == block)


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of a claim: the number, its text, the verdict, and the arithmetic from computed numbers."""

    computed: int | Fraction
    shown: str
    verdict: Verdict
    arithmetic: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A source, its statement, and the function that checks it."""

    source: str
    says: str
    check: Callable[[Networks], Finding]


def claim(source: str, says: str) -> Callable[[Callable[[Networks], Finding]], Claim]:
    """Turn a function from the networks to a Finding into a Claim."""
    return lambda check: Claim(source, says, check)


def right_if(holds: bool, otherwise: Verdict = "wrong") -> Verdict:
    """The verdict of a claim that holds or not."""
    return "right" if holds else otherwise


def mislabelled_if(holds: bool) -> Verdict:
    """The verdict of a claim with a wrong label, whose number holds or not."""
    return "right number, wrong label" if holds else "wrong"


def prints(claimed: str, computed: int, unit: int = 1) -> bool:
    """True if `computed / unit` has the claimed digits when rounded, or when cut off after two or more."""
    verdict = judge(claimed, computed, unit)
    return verdict in ("exact", "rounded") or (verdict == "truncated" and sum(map(str.isdigit, claimed)) > 1)


def number(computed: int, verdict: Verdict, arithmetic: str = "") -> Finding:
    """A Finding for a count."""
    return Finding(computed, f"{computed:,}", verdict, arithmetic)


def times(claimed: str, a: int, b: int, arithmetic: str = "") -> Finding:
    """A Finding for a ratio: right if a / b has the claimed digits."""
    return Finding(
        Fraction(a, b), f"{a / b:.2f}x", right_if(prints(claimed, a, b)), f"{a:,} / {b:,} = {a / b:.2f}{arithmetic}"
    )


def percent(claimed: str, a: int, b: int, arithmetic: str = "") -> Finding:
    """A Finding for a percentage: right if 100·a / b rounds to the printed digits."""
    percentage = Fraction(100 * a, b)
    text = f"{a:,} / {b:,} = {float(percentage):.2f} %{arithmetic}"
    return Finding(percentage, f"{float(percentage):.2f} %", right_if(prints(claimed, 100 * a, b)), text)


def convolution(c: int, *widths: int, k: Any, size: int = 8) -> Cost:
    """The Cost of chained convolutions on c channels, without biases and with padding that keeps the size."""
    windows = k if isinstance(k, list) else [k] * len(widths)

    def chain(x: Tensor) -> Tensor:
        for number, (width, window) in enumerate(zip(widths, windows, strict=True)):
            x = conv(x, f"{number}", width, k=window, padding="same", bias=False)
        return x

    return Cost(trace(chain, (1, c, size, size)))


def depth(graph: Graph, counts: Callable[[Node], bool]) -> int:
    """The most nodes of a kind on one path through the graph."""
    deepest: dict[Node | None, int] = {None: 0}
    for node in graph.nodes:
        deepest[node] = max(deepest[t.node] for t in node.inputs) + counts(node)
    return max(deepest[t.node] for t in graph.outputs)
