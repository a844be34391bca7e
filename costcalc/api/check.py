"""`costcalc.check`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from costcalc.analysis import limits
from costcalc.analysis.budget import Verdict, checked
from costcalc.analysis.cost import Cost
from costcalc.analysis.quantities import BASIC
from costcalc.analysis.snapshot import Snapshot
from costcalc.api.costs import as_cost
from costcalc.api.snapshots import read_baseline, snapshot_of
from costcalc.report.check_report import check_report
from costcalc.report.report import Report
from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError


def check(
    model: Any,
    budgets: Mapping[str, Any] | None = None,
    *,
    baseline: str | os.PathLike[str] | None = None,
    fail_over: Mapping[str, str] | None = None,
    columns: Sequence[str] = (),
    **options: Any,
) -> Report:
    """Check a model against budgets, and against a baseline. Its `ok` is False if any of them does not hold.

        >>> assert costcalc.check(module, {"params": "5M", "peak_memory": "2GiB"}, input=(3, 224, 224)).ok

    model      what `costcalc.cost` takes, or a Cost
    budgets    the largest amounts that are allowed, by key of a quantity or name of a convention: numbers, or texts
               with a unit, like "5M", "2GiB", "10ms"
    baseline   a file that `costcalc check --update` wrote: no quantity may be larger than there. The network is the one
               of the model's name
    fail_over  growth over the baseline that is allowed, like {"mult_adds": "1%"}
    columns    quantities that are held against the baseline, beside those of `fail_over`; by default params, mult-adds
               and activations, and those with a budget
    options    input, batch, mode and so on, as for `costcalc.cost`

    Raises CostcalcError as `costcalc.cost` does, for a budget that is not an amount, and if there is nothing to check.
    """
    given = arguments.mapping("budgets", budgets or {}, 'a dict by keys of quantities, like {"params": "5M"}')
    growth = arguments.mapping("fail_over", fail_over or {}, 'a dict by keys of quantities, like {"mult_adds": "1%"}')
    wanted = keys_of(given, growth, columns, baseline is not None)
    cost = as_cost(model, wanted, (), options)
    name = model if isinstance(model, str) else cost.graph.name
    old = None if baseline is None else read_baseline(os.fspath(baseline)).get(name)
    verdicts, _ = verdicts_of(name, cost, given, growth, old, baseline is not None)
    return check_report(verdicts)


def keys_of(budgets: Mapping[str, Any], growth: Mapping[str, Any], columns: Sequence[str], held: bool) -> Sequence[str]:
    """Keys of the quantities of a network: those with a budget, and if there is a baseline those that are held."""
    if growth and not held:
        raise CostcalcError("fail-over is a growth over a baseline; give one, like --baseline costs.json")
    if not budgets and not held:
        raise CostcalcError("nothing to check: expected a budget, like params=5M, or a baseline, like costs.json")
    return [*dict.fromkeys([*budgets, *(columns or BASIC if held else ()), *growth])]


def verdicts_of(
    name: str, cost: Cost, budgets: Mapping[str, Any], growth: Mapping[str, Any], before: Snapshot | None, held: bool
) -> tuple[list[Verdict], Snapshot]:
    """The Verdicts on a Cost of the quantities of `keys_of`, and its Snapshot.

    budgets, growth  as `check` takes them
    before           the network's baseline, if there is one
    held             True if there has to be one

    Raises CostcalcError for a budget that is not an amount of its quantity, and a growth that is not in percent.
    """
    tops = {quantity.key: quantity for quantity in cost.quantities}
    try:
        most = {key: limits.limit(tops[key], value) for key, value in budgets.items()}
        allowed: dict[str, Fraction] = {key: limits.percent(key, value) for key, value in growth.items()}
    except CostcalcError as error:
        raise CostcalcError(f"{name}: {error}") from None
    now = snapshot_of(cost)
    return checked(name, now, cost.quantities, most, before, held, allowed), now
