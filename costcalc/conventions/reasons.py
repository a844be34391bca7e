"""Why a tool has its number for a node, as one sentence without its subject, for every tool and op.

counts 2 per element   the note of the rule
zero by rule: ...      the tool knows the op and adds nothing
not seen: ...          the tool does not notice the call
not counted ...        the tool does, and has no count for it
cannot run ...         the tool fails
not run: ...           the layer does not run in this mode
"""

from __future__ import annotations

from costcalc.conventions.convention import Convention
from costcalc.spec.node import Node
from costcalc.spec.run import Run

TENSORS = ("constant", "parameter")
"""Ops of tensors that exist before the network runs."""


def counted(convention: Convention, node: Node, zero: bool) -> str:
    """How a tool comes to the count of a node: the note of its rule."""
    rule = convention.rule_for(node)
    note = rule.note if rule else ""
    if not zero:
        return note
    known = f"{convention.name} knows {convention.named(node)} and adds nothing"
    return f"zero by rule: {f'{note}, which is 0 here' if note else known}"


def uncounted(convention: Convention, node: Node, run: Run) -> str:
    """Why a tool has no count for a node that it runs."""
    name, sees = convention.name, f"{convention.sees}, and " if convention.sees else ""
    if convention.only_params:
        return f"not counted: {name} counts params, not operations"
    if node.op in TENSORS:
        return f"not seen: this {node.op} is a tensor, not an operation"
    clause = convention.unseen(node, run)
    if clause:
        return f"not seen: {name} {sees}{clause}"
    rule = convention.rule_for(node)
    if rule and node.facts.macs is None:
        return f"not counted: the mult-adds of {convention.named(node)} are unknown"
    if rule and rule.otherwise:
        return rule.otherwise
    return f"not counted: {name} {sees}has no {convention.has} for {convention.named(node)}"


def left_out(convention: Convention, node: Node, run: Run) -> str:
    """Why a tool does not run a node."""
    if node in run.not_run:
        return "not run: an auxiliary head, which runs in train mode"
    if node in convention.own_run(run).not_run:
        return f"not run: {convention.name} puts the model in eval mode"
    return f"not seen: {convention.name} {convention.sees}, and {convention.why_left_out}"
