"""Search by trials, where a space is too large to be evaluated whole: optuna proposes the points, from a seed."""

from __future__ import annotations

import warnings
from typing import Any

from costcalc.analysis.search import Found, Search, evaluate, merged
from costcalc.spec.errors import CostcalcError
from costcalc.spec.progress import steps


def by_trials(search: Search, trials: int, seed: int) -> Found:
    """What that many trials find; each point counts once.

    One objective: optuna's TPESampler. Several: its NSGAIISampler. None: points at random. Conditions are constraints.
    Raises CostcalcError if optuna is not installed.
    """
    if not len(search.space):
        return Found()
    study = _study(search, seed)
    tried: dict[int, Found] = {}
    for _ in steps(range(trials), "trials", lambda _: ""):
        trial = study.ask()
        number = 0
        for axis in search.space.axes:
            number = number * len(axis) + trial.suggest_int("+".join(axis.names), 0, len(axis) - 1)
        if number not in tried:
            tried[number] = evaluate(search, range(number, number + 1))
        _tell(search, study, trial, number, tried[number])
    return merged(search, tried.values())


def _study(search: Search, seed: int) -> Any:
    try:
        import optuna
    except ModuleNotFoundError:
        raise CostcalcError(
            "the space is too large to be evaluated whole, and trials need optuna; install it with: "
            "pip install 'costcalc[search]', or give fewer values"
        ) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    samplers = optuna.samplers
    if not search.objectives:
        return optuna.create_study(sampler=samplers.RandomSampler(seed=seed))
    directions: list[Any] = ["maximize" if each.maximize else "minimize" for each in search.objectives]
    sampler = samplers.TPESampler(seed=seed) if len(directions) == 1 else samplers.NSGAIISampler(seed=seed)
    return optuna.create_study(directions=directions, sampler=sampler)


def _tell(search: Search, study: Any, trial: Any, number: int, found: Found) -> None:
    """Tell optuna the values of a trial, and how far it is from satisfying each condition; or that it has failed."""
    from optuna.trial import TrialState

    if found.invalid:
        study.tell(trial, state=TrialState.FAIL)
        return
    values = {**search.own, **search.space.point(number), **found.measured}
    for condition in search.conditions:
        excess = sum(each.excess(values) for each in condition.comparisons)
        trial.set_constraint(condition.text, excess)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study.tell(trial, [float(values[each.key]) for each in search.objectives] or [0.0])
