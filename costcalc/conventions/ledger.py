"""The ledger: the difference between mult-adds and a tool's total, op by op."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from costcalc.conventions.convention import Convention
from costcalc.conventions.reasons import counted, left_out, uncounted
from costcalc.spec.numbers import somewhere, total
from costcalc.spec.run import Run

PRODUCTS = "1 for each product of sizes: the trace has them as tensors"
CONSTANTS = "an operation on constants, which is not a layer here"


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One difference between mult-adds and a tool's total: its size, the number of layers of an op, and the reason."""

    op: str
    layers: int
    difference: int
    why: str


def ledger(convention: Convention, run: Run) -> list[LedgerLine]:
    """The lines: the unit first, then op by op. Their sum is the tool's total minus mult-adds."""
    not_run, counts = run.not_run, convention.counts(run)
    lines: list[LedgerLine] = []
    if convention.unit != 1:
        costly = [node.facts.macs.value for node in run.graph.nodes if node in counts and node.facts.macs]
        why = f"the tool counts {convention.unit} per mult-add"
        lines.append(LedgerLine("unit", sum(map(somewhere, costly)), (convention.unit - 1) * total(costly), why))
    differences: dict[tuple[str, str], list[Any]] = {}
    for node in run.graph.nodes:
        macs = node.facts.macs.value if node.facts.macs else 0
        if node in counts:
            count = 0 if counts[node] is None else counts[node]
            difference = count - convention.unit * macs + (macs if node in not_run else 0)
            missing = counts[node] is None
            why = uncounted(convention, node, run) if missing else counted(convention, node, not somewhere(count))
            if convention.counts_sizes and node.noticed.size_products:
                differences.setdefault(("sizes", PRODUCTS), []).append(node.noticed.size_products)
                difference -= node.noticed.size_products
            for each, more in convention.of_constants(node, run):
                differences.setdefault((each.op, CONSTANTS), []).append(convention.number(more))
                difference -= convention.number(more)
        else:
            difference = 0 if node in not_run else -macs
            why = left_out(convention, node, run)
        if somewhere(difference):
            differences.setdefault((node.op, why), []).append(difference)
    lines += [LedgerLine(op, len(each), total(each), why) for (op, why), each in differences.items()]
    fractions = convention.total(run) - total(count for count in counts.values() if count is not None)
    if somewhere(fractions):
        lines.append(LedgerLine("fractions", 0, fractions, "hooks divided by the batch"))
    return lines
