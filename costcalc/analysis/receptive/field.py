"""Field: what the elements of a tensor depend on along one axis of the network's input."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Literal, NamedTuple

from costcalc.analysis.receptive.places import EACH, Places, Reach
from costcalc.spec.shapes import Shape, numel
from costcalc.spec.sizes import assumed, known, symbolic, unequal


class Field(NamedTuple):
    """What elements depend on along an axis of the input.

    kind    "at": position i along `axis` of the tensor depends on ``places.at(i)``; "in": places as large as these, in
            an order that is not followed, along `axis`; "all" and "unknown" have neither
    axis    axis of the tensor; None if it has a single position
    """

    kind: Literal["at", "in", "all", "unknown"]
    places: Places | None = None
    axis: int | None = None


ALL, UNKNOWN = Field("all"), Field("unknown")


def itself(axis: int) -> Field:
    """Each position along an axis of the network's input depends on itself."""
    return Field("at", EACH, axis)


Source = tuple[int, int]
"""An input of the network, by its index, and one of its axes."""

Fields = Mapping[Source, Field]
"""The fields of a tensor; empty if it does not depend on the input."""


def union(tensors: Iterable[Fields]) -> Fields:
    """The fields of an element that depends on one element of each of these tensors."""
    found: dict[Source, Field] = {}
    for fields in tensors:
        for source, field in fields.items():
            found[source] = _both(found[source], field) if source in found else field
    return found


def _both(a: Field, b: Field) -> Field:
    if ALL in (a, b):
        return ALL
    if a.places is None or b.places is None:
        return UNKNOWN
    if a == b:
        return a
    if a.axis != b.axis:  # from any position of the one to any of the other
        return UNKNOWN if None in (a.axis, b.axis) else ALL
    if a.axis is None or "in" in (a.kind, b.kind):
        larger = max(a.places, b.places, key=lambda places: places.size)
        return UNKNOWN if a.axis is None else Field("in", larger, a.axis)
    places = a.places.also(b.places)
    return UNKNOWN if places is None else Field("at", places, a.axis)


def mixed(fields: Fields, axes: Collection[int], shape: Shape) -> Fields:
    """Each element depends on all positions of these axes of a tensor of this shape."""
    own = {axis for axis in axes if not _is_one(shape[axis])}
    return {source: ALL if field.axis in own else field for source, field in fields.items()}


def _is_one(size: Any) -> bool:
    """True for a size of 1. A symbol is assumed to be larger."""
    if symbolic(size):
        assumed(unequal(size, 1))
    return known(size) and bool(size == 1)


def read_by(fields: Fields, axis: int, reach: Reach | None) -> Fields:
    """Positions along an axis of the tensor are read by an op of this reach; None: unknown."""

    def one(field: Field) -> Field:
        if field.axis != axis or field.places is None:
            return field
        if field.kind == "in" and reach is not None and reach.is_shift:
            return field
        places = field.places.through(reach) if reach is not None and field.kind == "at" else None
        return UNKNOWN if places is None else field._replace(places=places)

    return {source: one(field) for source, field in fields.items()}


def renumbered(fields: Fields, number: Callable[[int], int | None]) -> Fields:
    """The same elements in a tensor whose axes have other numbers; None for an axis that has a single position."""
    return {
        source: field
        if field.axis is None
        else _alone(field)
        if (axis := number(field.axis)) is None
        else field._replace(axis=axis)
        for source, field in fields.items()
    }


def _alone(field: Field) -> Field:
    return Field("in", field.places, None)


def unknown(tensors: Iterable[Fields]) -> Fields:
    """Unknown for each axis of the input that any of these tensors depends on, unless every element sees all of it."""
    each = [*tensors]
    found = {source: UNKNOWN for fields in each for source in fields}
    return {source: ALL if all(fields.get(source) == ALL for fields in each) else UNKNOWN for source in found}


def regrouped(fields: Fields, before: Shape, after: Shape) -> Fields:
    """The same elements in another shape: axes that are joined lose the order of their positions."""
    i = j = next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )
    if not all(map(known, (*before[i:], *after[j:]))):
        return unknown([fields])
    target: dict[int, tuple[str, int | None]] = {axis: ("at", axis) for axis in range(i)}
    if numel(before[i:]) != numel(after[j:]) or not numel(before[i:]):
        return unknown([fields])
    while i < len(before) or j < len(after):
        left, right = [i] if i < len(before) else [], [j] if j < len(after) else []
        i, j = i + len(left), j + len(right)
        a, b = before[left[0]] if left else 1, after[right[0]] if right else 1
        while a != b:
            if a < b:
                a, i = a * before[i], i + 1
                left.append(i - 1)
            else:
                b, j = b * after[j], j + 1
                right.append(j - 1)
        wide, into = [x for x in left if before[x] != 1], [x for x in right if after[x] != 1]
        for axis in left:
            if before[axis] == 1:
                target[axis] = ("at", right[left.index(axis)] if len(left) == len(right) == 1 else None)
            elif len(into) == 1:
                target[axis] = ("at" if len(wide) == 1 else "in", into[0])
            else:
                target[axis] = ("unknown", None)

    def one(field: Field) -> Field:
        if field.axis is None:
            return field
        kind, axis = target[field.axis]
        if kind == "unknown":
            return UNKNOWN
        if axis is None:
            return _alone(field)
        return Field("in" if "in" in (kind, field.kind) else "at", field.places, axis)

    return {source: one(field) for source, field in fields.items()}
