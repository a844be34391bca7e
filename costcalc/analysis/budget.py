"""Budgets: the largest amounts that a network may have, and growth over a baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.analysis.diff import Diff, Growth, most
from costcalc.analysis.limits import exceeds
from costcalc.analysis.quantity import Amount, Quantity
from costcalc.analysis.snapshot import Snapshot, incomplete


class Verdict(NamedTuple):
    """Whether a network holds a limit of a quantity.

    limit   the largest amount that is allowed; None if there is no baseline yet
    by      "budget" or "baseline"
    result  "ok", "over", "cannot be held" (the amount is unknown, or has an unknown part), or "no baseline"
    reason  what is unknown, if it cannot be held
    layer   if it is over: the layer with the largest amount, or that has grown most over the baseline
    share   the amount, or the growth, of that layer
    growth  over the baseline; None for a budget
    """

    model: str
    quantity: Quantity
    now: Amount
    limit: Any
    by: str
    result: str
    reason: str = ""
    layer: str = ""
    share: Any = 0
    growth: Growth | None = None

    @property
    def ok(self) -> bool:
        """True if it holds."""
        return self.result == "ok"


def checked(
    model: str,
    now: Snapshot,
    quantities: Sequence[Quantity],
    budgets: Mapping[str, Any],
    before: Snapshot | None = None,
    held: bool = False,
    allowed: Mapping[str, Fraction] | None = None,
) -> list[Verdict]:
    """A Verdict per budget, then one per quantity that is held against a baseline.

    model    its name in the report
    budgets  limits by key of the quantity: see `costcalc.analysis.limits.limit`
    before   the baseline, if there is one
    held     True if there has to be a baseline for every quantity
    allowed  growth by key of the quantity, as a fraction; none by default

    A lower bound above the budget is over it. One that is not is a budget that cannot be held, which does not pass.
    """
    found = [_budget(model, now, each, budgets[each.key]) for each in quantities if each.key in budgets]
    if not held:
        return found
    both = [each for each in quantities if before is not None and each.key in before.total]
    diff = None if before is None else Diff(_only(before, both), _only(now, both), both)
    for quantity in quantities:
        if diff is None or quantity not in both:
            found.append(Verdict(model, quantity, now.total[quantity.key], None, "baseline", "no baseline"))
        else:
            found.append(_baseline(model, now, diff.growth(quantity, (allowed or {}).get(quantity.key, Fraction(0)))))
    return found


def _budget(model: str, now: Snapshot, quantity: Quantity, limit: Any) -> Verdict:
    amount = now.total[quantity.key]
    if amount.number is not None and exceeds(amount.number, limit):
        layer, share = most(quantity, now.layers)
        return Verdict(model, quantity, amount, limit, "budget", "over", "", layer, share)
    if incomplete(amount):
        reason = now.unknown.get(quantity.key, "a part of it is unknown")
        return Verdict(model, quantity, amount, limit, "budget", "cannot be held", reason)
    if amount.number is None:
        return Verdict(model, quantity, amount, limit, "budget", "cannot be held", "this network has no such number")
    return Verdict(model, quantity, amount, limit, "budget", "ok")


def _baseline(model: str, now: Snapshot, growth: Growth) -> Verdict:
    key = growth.quantity.key
    reason = now.unknown.get(key, "the baseline is a lower bound") if growth.result == "cannot be held" else ""
    return Verdict(
        model, growth.quantity, growth.new, growth.old.number, "baseline", growth.result, reason, growth.layer,
        growth.share, growth,
    )  # fmt: skip


def _only(snapshot: Snapshot, quantities: Sequence[Quantity]) -> Snapshot:
    """The snapshot with these quantities alone."""
    keys = [quantity.key for quantity in quantities]
    layers = [line._replace(amounts={key: line.amounts[key] for key in keys}) for line in snapshot.layers]
    return snapshot._replace(total={key: snapshot.total[key] for key in keys}, layers=layers, rows=layers)
