"""Sweep: the cost of a model at every point of a grid of sizes and settings, in blocks.

Sizes of a network of the zoo are arrays: a block of points is one pass over the graph. A graph is built per point if
an axis changes the structure, if the model is read from elsewhere, and for quantities that are computed for a device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy

from costcalc.analysis.cost import Cost
from costcalc.analysis.grid import Grid
from costcalc.analysis.quantity import NOT_COUNTED, Amount, PerAxis, Quantity
from costcalc.spec.errors import CostcalcError, WrongSize
from costcalc.spec.exact import ExactArray
from costcalc.spec.request import Request
from costcalc.spec.rules import element, mapped
from costcalc.spec.sizes import failing_elements

BLOCK = 2**16
"""Most points of a block: arrays of so many integers fit in a processor's cache."""


class Free(NamedTuple):
    """Stands in a field of a Request for the value of the axis of that name."""

    axis: str


@dataclass(frozen=True)
class Sweep:
    """A model, and the points at which it is counted.

    request    the Request of the model, as it is at every point
    free       fields of the Request that differ, with `Free` in the place of each value
    grid       the points
    arrays     names of the axes whose values may be arrays: those after all others in the grid
    cost_of    the Cost of a Request
    quantities shown for each point
    graphs     most graphs of a block, if the points have a graph each
    """

    request: Request
    free: Mapping[str, Any]
    grid: Grid
    arrays: frozenset[str]
    cost_of: Callable[[Request], Cost]
    quantities: Sequence[Quantity]
    graphs: int = 1

    @property
    def starts(self) -> range:
        """The first point of each block, in order."""
        return range(0, len(self.grid), min(BLOCK, self._alike * self.graphs))

    def block(self, start: int) -> range:
        """The points of the block that begins with a point."""
        return range(start, min(start + self.starts.step, len(self.grid)))

    def request_at(self, values: Mapping[str, Any]) -> Request:
        """The Request at a point, by the values of the axes."""

        def filled(value: Any) -> Any:
            return values[value.axis] if isinstance(value, Free) else mapped(value, filled)

        return replace(self.request, **{name: filled(value) for name, value in self.free.items()})

    def groups(self, points: range) -> Iterator[range]:
        """The points in groups of the same structure."""
        at, alike = points.start, self._alike
        while at < points.stop:
            end = min(points.stop, (at // alike + 1) * alike)
            yield range(at, end)
            at = end

    @property
    def _alike(self) -> int:
        """Number of neighbouring points that differ only in axes that may be arrays."""
        return self.grid.run_of(self.arrays)


class Block(NamedTuple):
    """The costs of a block of points.

    points    their numbers in the grid
    numbers   by quantity: one number for all points, or an array; None for a point without a number
    statuses  by quantity: one status for all points, or an array
    notes     "" for all points, or an array of texts: why a point has no numbers
    """

    points: range
    numbers: dict[str, Any]
    statuses: dict[str, Any]
    notes: Any

    def amount(self, key: str, i: int) -> Amount:
        """The amount of a quantity at the i-th point of the block."""
        return Amount(_one(self.numbers[key], i), _one(self.statuses[key], i))

    def note(self, i: int) -> str:
        """The note on the i-th point of the block: why it has no numbers, or which numbers are not complete."""
        found = str(_one(self.notes, i))
        odd = [f"{key}: {status}" for key in self.numbers if (status := _one(self.statuses[key], i)) not in COMPLETE]
        return found or "; ".join(odd)


COMPLETE = ("counted", "zero")


class Part(NamedTuple):
    """Costs of some points of a block, by their places: an Amount per quantity, whose number may be an array."""

    places: Any
    amounts: Mapping[str, Amount]
    note: str


def evaluate(sweep: Sweep, points: range) -> Block:
    """The costs of a block of points."""
    parts = [part for group in sweep.groups(points) for part in _parts(sweep, numpy.arange(group.start, group.stop))]
    keys = [quantity.key for quantity in sweep.quantities]
    if len(parts) == 1:
        (part,) = parts
        amounts = {key: part.amounts.get(key, NOT_COUNTED) for key in keys}
        numbers = {key: _spread(amount.number, len(points)) for key, amount in amounts.items()}
        return Block(points, numbers, {key: amount.status for key, amount in amounts.items()}, part.note)
    made = {what: numpy.full(len(points), None, dtype=object) for what in ("note", *keys)}
    statuses = {key: numpy.full(len(points), NOT_COUNTED.status, dtype=object) for key in keys}
    for places, found, note in parts:
        at = places - points.start
        made["note"][at] = note
        for key, amount in found.items():
            made[key][at] = _each(_spread(amount.number, len(at)), len(at))
            statuses[key][at] = amount.status
    return Block(points, {key: made[key] for key in keys}, dict(statuses), made["note"])


def _parts(sweep: Sweep, places: Any) -> Iterator[Part]:
    """The costs of points of the same structure, together if possible."""
    if len(places) == 1 or not sweep.arrays:
        for place in places.tolist():
            yield _alone(sweep, place)
        return
    values = {axis.name: sweep.grid.values(axis, places) for axis in sweep.grid.axes}
    values = {name: each if name in sweep.arrays else each[0] for name, each in values.items()}
    try:
        with failing_elements() as failing:
            cost = sweep.cost_of(_in_arrays(sweep.request_at(values)))
        wrong = numpy.broadcast_to(failing.elements, places.shape)
        amounts = None if wrong.any() else _amounts(sweep, cost)
    except CostcalcError:  # points of the block differ in more than their sizes
        for half in numpy.array_split(places, 2):
            yield from _parts(sweep, half)
        return
    if amounts is not None:
        yield Part(places, amounts, "")
        return
    if not wrong.all():
        yield from _parts(sweep, places[~wrong])
    yield from _failed(sweep, places[wrong])


def _failed(sweep: Sweep, places: Any) -> Iterator[Part]:
    """Points at whose sizes the network cannot be built."""
    try:
        sweep.cost_of(_request_of(sweep, int(places[0])))
    except WrongSize as error:
        yield Part(places, {}, _wrong_size(error))
        return
    except CostcalcError:
        pass
    for place in places.tolist():
        yield _alone(sweep, place)


def _alone(sweep: Sweep, place: int) -> Part:
    """The cost of one point."""
    places = numpy.array([place])
    try:
        return Part(places, _amounts(sweep, sweep.cost_of(_request_of(sweep, place))), "")
    except WrongSize as error:
        return Part(places, {}, _wrong_size(error))
    except CostcalcError as error:
        return Part(places, {}, str(error))


def _request_of(sweep: Sweep, place: int) -> Request:
    return sweep.request_at({axis.name: sweep.grid.value(axis, place) for axis in sweep.grid.axes})


def _wrong_size(error: WrongSize) -> str:
    return f"does not run at this size: needs {error.works}"


def _amounts(sweep: Sweep, cost: Cost) -> dict[str, Amount]:
    return {quantity.key: cost[quantity.key] for quantity in sweep.quantities}


def _in_arrays(request: Request) -> Request:
    """The Request with its sides as arrays if one of them is: a side that is the same everywhere has one element."""
    shape = request.input
    if not (isinstance(shape, tuple) and any(isinstance(side, ExactArray) for side in shape[1:])):
        return request
    sides = [ExactArray.of(numpy.array([side])) if type(side) is int else side for side in shape[1:]]
    return replace(request, input=(shape[0], *sides))


def _spread(number: Any, count: int) -> Any:
    """One number for all points, or an array of one per point."""
    if isinstance(number, PerAxis) and any(isinstance(each, ExactArray) for each in number):
        made = numpy.empty(count, dtype=object)
        made[:] = [PerAxis(_at(each, i) for each in number) for i in range(count)]
        return made
    if isinstance(number, ExactArray):
        return numpy.broadcast_to(number.values, count)
    return number


def _at(value: Any, i: int) -> Any:
    return element(value, (i,))


def _each(numbers: Any, count: int) -> Any:
    """An array of Python objects."""
    if isinstance(numbers, numpy.ndarray):
        return numbers.astype(object)
    made = numpy.empty(count, dtype=object)
    made[:] = [numbers] * count
    return made


def _one(values: Any, i: int) -> Any:
    """The i-th value, as a Python object."""
    if not isinstance(values, numpy.ndarray):
        return values
    found = values[i]
    return int(found) if isinstance(found, numpy.integer) else found
