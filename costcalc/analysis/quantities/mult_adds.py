"""Mult-adds: multiplications, each with its addition, from the rule of the op."""

from __future__ import annotations

from typing import ClassVar

from costcalc.analysis.causal import masked
from costcalc.analysis.quantity import Amount, Layers, Quantity
from costcalc.spec.count import digits
from costcalc.spec.node import Node
from costcalc.spec.run import Run


class MultAdds(Quantity):
    """Multiply-adds of a layer. Additions, comparisons and divisions alone are zero by convention."""

    key, heading = "mult_adds", "mult-adds"
    reasons: ClassVar = {
        "counted": "one multiply and its add",
        "zero": "no multiply-add here",
        "unknown": "there is no rule for its mult-adds, or they depend on values",
    }

    def layers(self, run: Run) -> Layers:
        """The Count of each op's rule, including nodes that do not run."""
        return {node: _amount(node, run) for node in run.graph.nodes}

    def notes(self, run: Run) -> list[str]:
        """The products that causal attention masks, and computes all the same."""
        sums = masked(run)
        if sums is None:
            return []
        return [f"Masked products are included: {digits(sums.full)} mult-adds of causal attention, "
                f"{digits(sums.kept)} without them (--causal half)."]  # fmt: skip


def _amount(node: Node, run: Run) -> Amount:
    macs = node.facts.macs
    return Amount(0, "not run", macs) if node in run.not_run else Amount.of(macs)


QUANTITY = MultAdds()
