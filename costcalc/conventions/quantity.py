"""The count of a convention as a quantity: a column of any table."""

from __future__ import annotations

from collections.abc import Callable

from costcalc.analysis.quantity import INCOMPLETE, NOT_COUNTED, UNKNOWN, Amount, Layers, Quantity, Status
from costcalc.conventions.convention import Convention
from costcalc.conventions.reasons import counted, left_out, uncounted
from costcalc.spec.node import Node
from costcalc.spec.run import Run
from costcalc.spec.truths import Undecided

NOT_RUN = Amount(None, "not run")


class Counted(Quantity):
    """A tool's count of operations, in its own unit."""

    def __init__(self, convention: Convention) -> None:
        self.convention: Convention = convention
        self.key = self.heading = convention.name
        self.note = f"{convention.name} {convention.version}: {convention.about}."

    def layers(self, run: Run) -> Layers:
        """The tool's count of every node, with its formula."""
        runs, not_run = self.convention.runs, self.convention.own_run(run).not_run
        found = {node: self._counted(node, run) if runs(node, run) else None for node in run.graph.nodes}
        return {node: NOT_RUN if node in not_run else amount or self._uncounted(node) for node, amount in found.items()}

    def _counted(self, node: Node, run: Run) -> Amount | None:
        try:
            formula = self.convention.formula(node, run)
        except Undecided:  # arrays of sizes whose elements are counted by unlike formulas
            number = self.convention.count(node, run)
            return None if number is None else Amount(number)
        if formula is None:
            return None
        return Amount(self.convention.number(formula), "counted" if formula.terms else "zero", formula)

    def _uncounted(self, node: Node) -> Amount:
        return UNKNOWN if any(self.convention.unsupported(node)) else NOT_COUNTED

    def total(self, run: Run, layers: Callable[[Quantity], Layers]) -> Amount:
        """The number that the tool reports for the network."""
        if self.convention.only_params:
            return NOT_COUNTED
        incomplete = any(amount.status in INCOMPLETE for amount in layers(self).values())
        return Amount(self.convention.total(run), "lower bound" if incomplete else "counted")

    def reason(self, node: Node, run: Run, status: Status) -> tuple[str, str]:
        """A sentence, and the function of the tool's source that its rule mirrors, if it has a rule."""
        convention, rule = self.convention, self.convention.rule_for(node)
        mirrors = rule.mirrors if rule else ""
        if status == "unknown":
            return f"no rule says how {convention.name} counts {', '.join(convention.unsupported(node))}", mirrors
        if status in ("counted", "zero"):
            return counted(convention, node, status == "zero"), mirrors
        if status == "not run" or not convention.runs(node, run):
            return left_out(convention, node, run), mirrors
        return uncounted(convention, node, run), mirrors

    def notes(self, run: Run) -> list[str]:
        """Operations that keep the number from being predicted, and the tool's memory lines under its own headings."""
        lines, memory = not_predicted(self.convention, run), self.convention.memory(run)
        if memory:
            lines.append(f"  Total mult-adds (G): {self.convention.total(run) / 1e9:.2f}")
        return lines + [f"  {self.convention.memory_headings[key]} (MB): {n / 1e6:.2f}" for key, n in memory.items()]


def not_predicted(convention: Convention, run: Run) -> list[str]:
    """A line that names the operations for which no rule says how the tool counts them, if there are any."""
    ops = convention.unpredicted(run.graph)
    return [f"{convention.name} is not predicted here: no rule says how it counts {', '.join(ops)}."] if ops else []
