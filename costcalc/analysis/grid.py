"""Grid: the points of a sweep. Points have numbers; nothing is kept per point, so that a grid may have any length."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy

from costcalc.spec.errors import CostcalcError
from costcalc.spec.exact import ExactArray


@dataclass(frozen=True)
class Axis:
    """A size or a setting that differs from point to point, by its name, and its values."""

    name: str
    values: Sequence[Any]

    @property
    def whole(self) -> bool:
        """True if all values are integers."""
        return isinstance(self.values, range) or all(type(value) is int for value in self.values)

    @cached_property
    def _array(self) -> Any:
        """The values as an array: of objects unless all are integers of 64 bits."""
        if self.whole and all(abs(value) < 2**63 for value in self.values):
            return numpy.array(self.values, dtype="int64")
        made = numpy.empty(len(self.values), dtype=object)
        made[:] = list(self.values)
        return made

    def at(self, places: Any) -> Any:
        """The values at an array of places, as an array."""
        if isinstance(self.values, range):
            return self.values.start + self.values.step * places
        return self._array[places]


class Grid:
    """The points of some axes: all combinations, the last axis fastest; `zipped`: one value of each axis per point.

    Raises CostcalcError for zipped axes of different lengths; an axis of one value has it at every point.
    """

    def __init__(self, axes: Sequence[Axis], zipped: bool = False) -> None:
        self.axes, self.zipped = tuple(axes), zipped
        lengths = {axis.name: len(axis.values) for axis in axes}
        several = {name: length for name, length in lengths.items() if length != 1}
        if zipped and len(set(several.values())) > 1:
            each = ", ".join(f"{name} has {length:,}" for name, length in several.items())
            raise CostcalcError(f"--zip needs as many values of each: {each}")
        self._length = max(lengths.values(), default=1) if zipped else math.prod(lengths.values())
        self._steps = {
            axis.name: math.prod([len(after.values) for after in axes[i + 1 :]]) for i, axis in enumerate(axes)
        }

    def __len__(self) -> int:
        return self._length

    def places(self, axis: Axis, points: Any) -> Any:
        """The places among the values of an axis, for points by their numbers."""
        if len(axis.values) == 1:
            return points * 0
        return points if self.zipped else points // self._steps[axis.name] % len(axis.values)

    def value(self, axis: Axis, point: int) -> Any:
        """The value of an axis at a point."""
        return axis.values[self.places(axis, point)]

    def column(self, axis: Axis, points: range) -> Any:
        """The values of an axis at points, as an array."""
        return axis.at(self.places(axis, numpy.arange(points.start, points.stop)))

    def values(self, axis: Axis, points: Any) -> Any:
        """The values of an axis at an array of points: exact integers, otherwise an array of objects."""
        found = axis.at(self.places(axis, points))
        return ExactArray.of(found) if axis.whole else found

    def run_of(self, names: Collection[str]) -> int:
        """Number of neighbouring points between which only axes of these names differ. They are the last ones."""
        others = [axis for axis in self.axes if axis.name not in names and len(axis.values) > 1]
        if self.zipped:
            return 1 if others else len(self)
        return math.prod(len(axis.values) for axis in self.axes if axis.name in names)
