"""Search: the settings of a family that satisfy conditions, and the best of them.

Every point of a space is evaluated, in blocks. A block is one graph with arrays of sizes where the rules take arrays,
and is halved where they do not. `evaluate` depends on nothing but the search and the block: blocks can run anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy

from costcalc.analysis.condition import Condition, together
from costcalc.analysis.cost import Cost
from costcalc.analysis.pareto import front
from costcalc.analysis.quantity import INCOMPLETE, PerAxis
from costcalc.analysis.space import Axis, Space
from costcalc.spec.errors import CostcalcError
from costcalc.spec.exact import ExactArray

CostAt = Callable[[Mapping[str, Any]], Cost]
"""The Cost of a network with these settings, by name; the others are its own. Values are numbers, texts or arrays."""

KEPT = 10**6
"""Most points that are kept; more solutions are only counted."""


class Unsuitable(CostcalcError):
    """A quantity that a search cannot compare: unknown, a lower bound, or a number per axis."""


class Objective(NamedTuple):
    """A quantity or setting to maximize or minimize."""

    key: str
    maximize: bool

    def cost(self, value: Any) -> Any:
        """Less is better."""
        return -value if self.maximize else value


@dataclass(frozen=True)
class Found:
    """What there is in some points of a space.

    tried     number of points that were evaluated
    points    numbers of the solutions that are kept: those on the front if there are objectives
    values    by key, the value of each point that is kept
    feasible  number of points that satisfy all conditions
    invalid   number of points at which no network can be built; `why` is the error of one
    better    number of feasible points that beat the network's own settings
    measured  of a single point, feasible or not: the quantities by key
    """

    points: Any = field(default_factory=lambda: numpy.zeros(0, dtype="int64"))
    values: Mapping[str, Any] = field(default_factory=dict)
    feasible: int = 0
    tried: int = 0
    invalid: int = 0
    better: int = 0
    why: str = ""
    measured: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Search:
    """A search: how a point is built, the space, the conditions and objectives, and the quantities that are computed.

    own  numbers of the network with its own settings, by key; also of its settings that are numbers
    """

    cost_at: CostAt
    space: Space
    conditions: Sequence[Condition]
    objectives: Sequence[Objective]
    keys: Sequence[str]
    own: Mapping[str, Any]

    @property
    def starts(self) -> range:
        """Numbers of the blocks, in order."""
        return self.space.starts

    def block(self, number: int) -> range:
        """The points of a block."""
        return self.space.block(number)

    def numbers(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """The quantities at a point or block. Raises Unsuitable for one that has no number that can be compared."""
        cost, found = self.cost_at(settings), {}
        for key in self.keys:
            amount = cost[key]
            if amount.status in INCOMPLETE or amount.number is None or isinstance(amount.number, PerAxis):
                status = "a number per axis" if isinstance(amount.number, PerAxis) else amount.status
                raise Unsuitable(f"{key} of {cost.graph.name} is {status}: it cannot be searched")
            found[key] = amount.number
        return found

    @cached_property
    def own_is_feasible(self) -> bool:
        """True if the network's own settings satisfy the conditions."""
        known = all(key in self.own for condition in self.conditions for key in condition.keys)
        return known and bool(together([condition.holds(self.own) for condition in self.conditions]))


def with_sizes(search: Search) -> Search:
    """The search, each axis marked that is of sizes: with an array of its ends the numbers are those of the ends."""
    return replace(search, space=Space([replace(axis, sizes=_is_of_sizes(search, axis)) for axis in search.space.axes]))


def _is_of_sizes(search: Search, axis: Axis) -> bool:
    if len(axis) < 2 or not axis.integers:
        return False
    ends = [axis.at(0), axis.at(len(axis) - 1)]
    pairs = {name: ExactArray.of(numpy.array([end[name] for end in ends])) for name in axis.names}
    try:
        arrays, alone = search.numbers(pairs), [search.numbers(end) for end in ends]
        return all(_is_whole(arrays[key]) and _at(arrays[key], i) == alone[i][key] for key in arrays for i in (0, 1))
    except Unsuitable:
        raise
    except Exception:  # any, of a function that was not written for arrays
        return False


def _is_whole(number: Any) -> bool:
    return type(number) in (int, ExactArray)


def _at(number: Any, place: int) -> Any:
    return (
        int(number.values.reshape(-1)[place]) if type(number) is ExactArray and number.values.size > 1 else int(number)
    )


def evaluate(search: Search, block: range) -> Found:
    """The solutions in a block."""
    several = len(block) > 1
    if several and search.space.varies(block, sizes=False):
        return _halved(search, block)
    settings, shape = search.space.at(block)
    try:
        numbers = search.numbers(settings)
        if several:
            _check_ends(search, block, numbers, shape)
    except Unsuitable:
        raise
    except Exception as error:  # any, of a function that was not written for arrays
        if several:
            return _halved(search, block)
        if not isinstance(error, CostcalcError):
            raise
        return Found(tried=1, invalid=1, why=str(error))
    values = {**search.own, **settings, **numbers}
    truths = together([condition.holds(values) for condition in search.conditions])
    places = numpy.flatnonzero(numpy.broadcast_to(truths, shape))
    kept = {
        key: _of(values[key], shape, places) for key in dict.fromkeys([*(o.key for o in search.objectives), *numbers])
    }
    found = Found(
        block.start + places, kept, len(places), len(block), better=_better(search, kept),
        measured={} if several else numbers,
    )  # fmt: skip
    return _best(search, found)


def _check_ends(search: Search, block: range, numbers: Mapping[str, Any], shape: tuple[int, ...]) -> None:
    """Raises CostcalcError if the numbers of the first or last point differ from those that it has alone."""
    for place in (0, len(block) - 1):
        alone = search.numbers(search.space.point(block[place]))
        if any(_of(numbers[key], shape, [place])[0] != alone[key] for key in alone):
            raise CostcalcError("the network with arrays of sizes is another one")


def _of(value: Any, shape: tuple[int, ...], places: Any) -> Any:
    """The elements of a value at places of a block."""
    made = numpy.broadcast_to(value.values, shape) if type(value) is ExactArray else None
    if made is not None:
        return made.reshape(-1)[places] if made.flags.contiguous else made[numpy.unravel_index(places, shape)]
    filled = numpy.empty(len(places), dtype="int64" if type(value) is int and abs(value) < 2**63 else object)
    filled[:] = value
    return filled


def _halved(search: Search, block: range) -> Found:
    return merged(search, [evaluate(search, half) for half in search.space.halves(block)])


def _better(search: Search, values: Mapping[str, Any]) -> int:
    """How many of these points beat the network's own settings."""
    if not search.objectives or any(each.key not in search.own for each in search.objectives):
        return 0
    pairs = [(each.cost(values[each.key]), each.cost(search.own[each.key])) for each in search.objectives]
    no_worse = together([numpy.asarray(theirs <= own, dtype=bool) for theirs, own in pairs])
    return int((no_worse & ~together([numpy.asarray(theirs == own, dtype=bool) for theirs, own in pairs])).sum())


def merged(search: Search, parts: Iterable[Found]) -> Found:
    """What there is in several parts together."""
    whole = Found()
    for part in parts:
        points, values = numpy.concatenate([whole.points, part.points]), part.values
        if whole.values and part.values:
            values = {key: numpy.concatenate([whole.values[key], part.values[key]]) for key in part.values}
        whole = _best(search, Found(
            points, values or whole.values, whole.feasible + part.feasible, whole.tried + part.tried,
            whole.invalid + part.invalid, whole.better + part.better, whole.why or part.why,
        ))  # fmt: skip
    return whole


def _best(search: Search, found: Found) -> Found:
    """The points on the front if there are objectives, otherwise the first ones."""
    if search.objectives and len(found.points):
        kept = front(numpy.stack([each.cost(found.values[each.key]) for each in search.objectives], axis=1))
        if kept.sum() > KEPT:
            raise CostcalcError(f"more than {KEPT:,} points are best: no other point beats them; add a condition")
    elif len(found.points) > KEPT:
        kept = slice(KEPT)
    else:
        return found
    return replace(found, points=found.points[kept], values={key: each[kept] for key, each in found.values.items()})
