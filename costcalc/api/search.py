"""`costcalc.search`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from math import prod
from typing import Any

from costcalc import models
from costcalc.analysis.condition import Condition
from costcalc.analysis.many import in_blocks
from costcalc.analysis.search import Found, Objective, Search, Unsuitable, evaluate, merged, with_sizes
from costcalc.analysis.space import Axis, Space, tied, values_of
from costcalc.analysis.target import Target
from costcalc.api.family import Family
from costcalc.report.report import Report
from costcalc.report.search_report import Outcome, search_report
from costcalc.report.style import PLAIN, Style
from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError
from costcalc.spec.request import Request

COLUMNS = ("params", "mult_adds")
"""Quantities that are shown, beside those of the conditions and objectives."""

MOST_GRAPHS, MOST_POINTS = 20_000, 10**9
"""A space with more networks to build one by one, or with more points, is searched by trials: 1,000 by default."""

TRIALS = 1000


def search(
    model: Any,
    free: Mapping[str, Any],
    *,
    where: Sequence[str] = (),
    maximize: Sequence[str] = (),
    minimize: Sequence[str] = (),
    columns: Sequence[str] = COLUMNS,
    trials: int | None = None,
    seed: int = 0,
    top: int | None = None,
    jobs: int = 1,
    dask: str | None = None,
    on: Any = None,
    as_dtype: str | None = None,
    **options: Any,
) -> Report:
    """The settings of a family that satisfy conditions, how many there are, and the best of them: a Pareto front.

        >>> search("inception", {"n1": "16:384:16"}, where=["params<=200K"], maximize=["mult_adds"])

    model     a network of the zoo, for its family; or any model by name whose callable takes the settings
    free      values by setting: a list, a range or a text like ``16:384:16`` or ``0,1,2``. ``percent.5a`` is a part of
              a setting, ``percent.*`` each part; ``input`` (side of a square image), ``batch`` and ``classes`` too
    where     conditions on settings and quantities, like ``n1 + n3 <= 512`` and ``params=1072K``: see
              `costcalc.analysis.condition.Condition`
    maximize  keys of quantities or settings; with `minimize`: several give the Pareto front
    columns   further quantities to show
    trials    this many points, proposed by optuna from the `seed`; by default only if the space is too large
    top       rows that are shown; by default 20 in text, all in CSV and JSON
    jobs      number of processes
    dask      address of a Dask scheduler, like ``tcp://10.0.0.1:8786``, whose workers evaluate the points
    options   input, batch, args and so on, as for `costcalc.graph`

    Raises CostcalcError for a setting that the family does not have, a condition or quantity that is not one, and if no
    point can be built.
    """
    request = models.request_of(model, **options)
    target = Target.of(on, as_dtype)
    return of_request(
        request, free, where, maximize, minimize, columns, trials, seed, top, target, jobs=jobs, dask=dask
    )


def of_request(
    request: Request, free: Mapping[str, Any], where: Sequence[str], maximize: Sequence[str], minimize: Sequence[str],
    columns: Sequence[str], trials: int | None, seed: int, top: int | None, target: Target,
    style: Style = PLAIN, jobs: int = 1, dask: str | None = None,
) -> Report:  # fmt: skip
    """The same for a Request."""
    alone = arguments.integer("jobs", jobs, 1) == 1 and dask is None
    if trials is not None and not alone:
        raise CostcalcError("trials run one after another; give either --trials or --jobs or --dask")
    free = arguments.mapping("free", free, "a dict of values by setting, like {'n1': range(16, 385, 16)}")
    if not free:
        raise CostcalcError("a search needs a free setting, like --free d=12:28, in Python free={'d': range(12, 29)}")
    trials = arguments.optional(arguments.integer, "trials", trials, 1)
    top, seed = arguments.optional(arguments.integer, "top", top, 1), arguments.integer("seed", seed, 0)
    conditions = [Condition.of(arguments.text("where", text)) for text in arguments.listed("where", where, "a list")]
    objectives = [Objective(key, each) for keys, each in ((maximize, True), (minimize, False)) for key in keys]
    family = Family.of(request, (), target)
    axes = [
        Axis((name,), (values_of(given, values),)) for given, values in free.items() for name in family.names(given)
    ]
    values = {axis.names[0]: axis.columns[0] for axis in axes}
    names = [name for axis in axes for name in axis.names]
    twice = [name for i, name in enumerate(names) if name in names[:i]]
    if twice:
        raise CostcalcError(f"{twice[0]} is free twice; give its values once")
    own = family.numbers
    used = [*(key for each in conditions for key in each.keys), *(each.key for each in objectives)]
    keys = list(dict.fromkeys(key for key in [*used, *columns] if key not in own and key not in names))
    quantities = models.quantities(keys)  # refuses unknown ones
    family = Family(family.request, family.own, keys, target)
    whole = prod(map(len, axes))
    for condition in conditions:
        if set(condition.keys) <= set(names):
            axes = tied(axes, condition.holds, frozenset(condition.keys))
    made = Search(family, Space(axes), conditions, objectives, keys, {})
    made = with_sizes(Search(family, made.space, conditions, objectives, keys, {**own, **_own(made)}))
    if trials is None and alone and (len(made.space) > MOST_POINTS or _graphs(made) > MOST_GRAPHS):
        trials = TRIALS
    found = _run(made, trials, seed, jobs, dask)
    if found.invalid and found.invalid == found.tried:
        raise CostcalcError(f"no settings of this space make a network: {found.why}")
    return search_report(Outcome(str(request), made, quantities, found, whole, trials, seed, values), top, style)


def _own(search: Search) -> dict[str, Any]:
    """The quantities with the model's own settings; none if it cannot be built without the free ones."""
    try:
        return search.numbers({})
    except Unsuitable:
        raise
    except CostcalcError:
        return {}


def _graphs(search: Search) -> int:
    """How many graphs the whole space needs at least."""
    return prod([len(axis) for axis in search.space.axes if not axis.sizes])


def _run(search: Search, trials: int | None, seed: int, jobs: int, dask: str | None) -> Found:
    if trials is not None:
        from costcalc.analysis.trials import by_trials

        return by_trials(search, trials, seed)
    with closing(in_blocks(search, evaluate, jobs, dask)) as parts:
        return merged(search, parts)
