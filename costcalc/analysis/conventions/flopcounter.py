"""torch's FlopCounterMode: sees what the dispatcher runs; 2 flops a mult-add; only convolutions and matrix products."""

from __future__ import annotations

from costcalc.analysis.conventions.convention import Convention
from costcalc.spec.count import Count
from costcalc.spec.graph import Mode, Node

CONVENTION = Convention(
    "flopcounter",
    version="torch 2.14.1",
    unit=2,
    about="2 for each multiply-add of convolutions, matrix products and attention; nothing else",
)


@CONVENTION.rule("conv", mirrors="torch.utils.flop_counter.conv_flop_count", note="2 a mult-add; no bias")
def _conv(node: Node, mode: Mode) -> Count | None:
    return _twice(node)


@CONVENTION.rule("linear", mirrors="torch.utils.flop_counter.addmm_flop, mm_flop", note="2 a mult-add; no bias")
def _linear(node: Node, mode: Mode) -> Count | None:
    return _twice(node)


def _twice(node: Node) -> Count | None:
    """The node's own mult-adds, each term led by the factor 2."""
    if node.facts.macs is None:
        return None
    return Count(*[(("flops", *names), (2, *factors)) for names, factors in node.facts.macs.terms])
