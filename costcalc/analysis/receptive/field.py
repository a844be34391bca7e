"""Field: what the elements of a tensor depend on along one axis of the network's input."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from costcalc.analysis.receptive.pairs import in_step, together, widest
from costcalc.analysis.receptive.part import Digit, Part
from costcalc.analysis.receptive.places import EACH, Places, Reach
from costcalc.spec.shapes import Shape
from costcalc.spec.sizes import assumed, known, symbolic, unequal


class Source(NamedTuple):
    """An axis of an input of the network: the input's index, the axis, and its size, None if that is not a number."""

    input: int
    axis: int
    size: int | None


class Field(NamedTuple):
    """What elements depend on along an axis of the input.

    kind    "at": on the places of all parts, one for each kind of path; "all" and "unknown" have no parts
    length  of the axis of the input, if it is a number
    """

    kind: Literal["at", "all", "unknown"]
    parts: tuple[Part, ...] = ()
    length: int | None = None

    @property
    def size(self) -> int | None:
        """The largest number of positions, from the first to the last; None if it is not known.

        Padding counts as input, unless the places of different positions are not in step: those end with the input.
        """
        if self.kind != "at":
            return None
        parts = self.parts
        if len(parts) == 1 and parts[0].places.shift is not None:
            return parts[0].places.size
        return _size(parts, None) if self.length is None else _sizes(parts, self.length)

    @property
    def grid(self) -> tuple[int, Places] | None:
        """The axis along which positions lie on a grid of the input's, and their places; otherwise None."""
        if len(self.parts) != 1 or len(self.parts[0].digits) != 1 or self.parts[0].places.shift is None:
            return None
        (digit,) = self.parts[0].digits
        return (digit.axis, self.parts[0].places) if digit.divisor == 1 else None


def _size(parts: tuple[Part, ...], length: int | None) -> int | None:
    if length is not None and any(part.digits for part in parts) and not in_step(parts):
        parts = tuple(part.inside(length) for part in parts)
    found = [widest(a, b) for a in parts for b in parts]
    return None if None in found else max(each for each in found if each is not None)


_sizes = lru_cache(_size)
"""The same, kept for the layers that have the same field."""

ALL, UNKNOWN = Field("all"), Field("unknown")

MOST_PARTS = 16
"""Upper bound for the parts of a field; with more it is unknown."""

Fields = Mapping[Source, Field]
"""The fields of a tensor; empty if it does not depend on the input."""


def itself(axis: int, size: Any) -> Field:
    """Each position along an axis of the network's input depends on itself."""
    return Field("at", (Part(EACH, (Digit(axis, 1, size),)),), size if known(size) else None)


def field_of(source: Source, parts: Iterable[Part | None]) -> Field:
    """The field of an element that depends on these parts; None is an unknown one."""
    merged: list[Part] = []
    for part in parts:
        if part is None:
            return UNKNOWN
        for i, each in enumerate(merged):
            both = together(each, part)
            if both is not None:
                merged[i] = both
                break
        else:
            merged.append(part)
    if any(_sees_all(part, source) for part in merged):
        return ALL
    return Field("at", tuple(merged), source.size) if len(merged) <= MOST_PARTS else UNKNOWN


def _sees_all(part: Part, source: Source) -> bool:
    if part.digits or source.size is None or not part.cut:
        return False
    first, last = part.places.at(0)
    return first <= 0 and last >= source.size - 1


def union(tensors: Iterable[Fields]) -> Fields:
    """The fields of an element that depends on one element of each of these tensors."""
    found: dict[Source, list[Field]] = {}
    for fields in tensors:
        for source, one in fields.items():
            found.setdefault(source, []).append(one)
    return {source: each[0] if len(each) == 1 else _joined(source, each) for source, each in found.items()}


def _joined(source: Source, fields: Sequence[Field]) -> Field:
    if ALL in fields:
        return ALL
    return UNKNOWN if UNKNOWN in fields else field_of(source, [part for each in fields for part in each.parts])


def each_part(fields: Fields, change: Callable[[Part, Source], Part | Field | None]) -> Fields:
    """The fields after a change of each part; if it makes a field of one, the whole is that field."""

    def one(source: Source, before: Field) -> Field:
        if before.kind != "at":
            return before
        made = [change(part, source) for part in before.parts]
        if all(a is b for a, b in zip(made, before.parts, strict=True)):
            return before
        if ALL in made:
            return ALL
        return field_of(source, [each if isinstance(each, Part) else None for each in made])

    return {source: one(source, before) for source, before in fields.items()}


def mixed(fields: Fields, axes: Collection[int], shape: Shape) -> Fields:
    """Each element depends on all positions of these axes of a tensor of this shape."""
    own = {axis for axis in axes if not _is_one(shape[axis])}

    def one(part: Part, source: Source) -> Part | Field | None:
        left_out = [i for i, digit in enumerate(part.digits) if digit.axis in own]
        if not left_out:
            return part
        return ALL if len(left_out) == len(part.digits) and not part.cut else part.without(left_out)

    return each_part(fields, one)


def _is_one(size: Any) -> bool:
    """True for a size of 1. A symbol is assumed to be larger."""
    if symbolic(size):
        assumed(unequal(size, 1))
    return known(size) and bool(size == 1)


def lies_along(fields: Fields, axis: int) -> bool:
    """True if places depend on the index along an axis of the tensor."""
    return any(axis in part.axes for each in fields.values() for part in each.parts)


def read_by(fields: Fields, axis: int, sizes: tuple[Any, Any], reach: Reach | None, *, cut: bool = False) -> Fields:
    """Positions along an axis of the tensor are read by an op of this reach; None: unknown.

    sizes  of the axis, before and after
    cut    True if the op may leave out positions
    """

    def one(part: Part, source: Source) -> Part | None:
        made = part.read_by(axis, *sizes, reach)
        return made._replace(cut=True) if made is not None and cut and axis in part.axes else made

    return each_part(fields, one)


def renumbered(fields: Fields, number: Callable[[int], int | None]) -> Fields:
    """The same elements in a tensor whose axes have other numbers; None for an axis that has a single position."""
    return each_part(fields, lambda part, source: part.renumbered(number))


def unknown(tensors: Iterable[Fields]) -> Fields:
    """Unknown for each axis of the input that any of these tensors depends on, unless every element sees all of it."""
    each = [*tensors]
    found = {source for fields in each for source in fields}
    return {source: ALL if all(fields.get(source) == ALL for fields in each) else UNKNOWN for source in found}
