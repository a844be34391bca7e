"""Fields of moves that take some positions of an axis, or all in another order: slices, flips, rolls, pads."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from costcalc.analysis.receptive.field import (
    UNKNOWN,
    Field,
    Fields,
    Source,
    each_part,
    field_of,
    read_by,
    renumbered,
    unknown,
)
from costcalc.analysis.receptive.part import Digit, Part
from costcalc.analysis.receptive.places import around, moved, piece, slid
from costcalc.spec.node import Node
from costcalc.spec.shapes import Shape
from costcalc.spec.sizes import known

PARTS = {
    "chunk", "dsplit", "hsplit", "narrow", "select", "slice", "split", "split_with_sizes", "tensor_split", "unbind",
    "unsafe_chunk", "unsafe_split", "unsafe_split_with_sizes", "vsplit",
}  # fmt: skip
"""Views of a part of a tensor each."""


def taken(node: Node, fields: Fields) -> Any:
    """The fields of each output of a move, along the axes of its `reads`."""
    before, outputs = node.inputs[0].shape, node.facts.outputs
    reads: Sequence[tuple[int, int, int]] = node.facts.settings.get("reads", ())
    if not all(map(known, (*before, *outputs[0]))):
        return unknown([fields])
    if len(outputs) > 1 and not reads:
        return _split(fields, before, outputs)
    if len(outputs[0]) == len(before) - 1 and len(reads) == 1:
        ((axis, start, _),) = reads
        return [_selected(fields, axis, before, start + i) for i in range(len(outputs))]
    if len(outputs[0]) == len(before) + 1 and len(reads) == 1:
        return _unfolded(fields, reads[0], before, outputs[0])
    if len(outputs[0]) != len(before):
        return unknown([fields])
    for axis, start, step in reads:
        sizes = before[axis], outputs[0][axis]
        if not sizes[0] or not sizes[1] or not step:
            fields = read_by(fields, axis, sizes, None)
        elif node.facts.settings.get("around"):
            fields = _around(fields, axis, sizes, start)
        else:
            ends = start, start + step * (sizes[1] - 1)
            cut = abs(step) > 1 or min(ends) > 0 or max(ends) < sizes[0] - 1
            fields = read_by(fields, axis, sizes, moved(start, step), cut=cut)
            if min(ends) < 0 or max(ends) >= sizes[0]:
                fields = each_part(fields, partial(_filled, axis))
    read = {axis for axis, *_ in reads}
    for axis, size in enumerate(before):  # which part is taken along another axis is not known
        if axis not in read and size != outputs[0][axis]:
            fields = read_by(fields, axis, (size, size), None)
    return fields


def _filled(axis: int, part: Part, source: Source) -> Part:
    return part._replace(filled=True) if axis in part.axes else part


def _selected(fields: Fields, axis: int, before: Shape, at: int) -> Fields:
    """One position of an axis, which the result lacks."""
    fields = read_by(fields, axis, (before[axis], 1), moved(at), cut=before[axis] > 1)
    return renumbered(fields, lambda each: None if each == axis else each - (each > axis))


def _unfolded(fields: Fields, read: tuple[int, int, int], before: Shape, after: Shape) -> Fields:
    """Windows along an axis, whose positions lie along a new last axis."""
    axis, start, step = read
    whole, into = (
        Digit(axis, 1, after[axis] * after[-1]),
        [Digit(axis, 1, after[axis]), Digit(len(before), 1, after[-1])],
    )
    reach = slid(start, step, after[axis], after[-1])
    fields = read_by(fields, axis, (before[axis], whole.size), reach, cut=True)
    return each_part(fields, lambda part, source: part.cut_digit(whole, into))


def _split(fields: Fields, before: Shape, outputs: Sequence[Shape]) -> Any:
    """Outputs that lie one after the other along an axis."""
    for axis, size in enumerate(before):
        others = {(*each[:axis], *each[axis + 1 :]) for each in outputs if len(each) == len(before)}
        if others == {(*before[:axis], *before[axis + 1 :])} and sum(each[axis] for each in outputs) == size:
            starts = [sum(each[axis] for each in outputs[:i]) for i in range(len(outputs))]
            return [
                read_by(fields, axis, (size, each[axis]), moved(start), cut=True)
                for start, each in zip(starts, outputs, strict=True)
            ]
    return unknown([fields])


def _around(fields: Fields, axis: int, sizes: tuple[int, int], by: int) -> Fields:
    """Positions from `by` on, counted around the end, as after a roll or in circular padding.

    If places cover the input at a stride, they go on around its end: those of position -1 are those of the last one. If
    not, each position depends on what it holds. Unknown after padding by reflection, which then lies between the ends.
    """
    size, out = sizes

    def one(source: Source, field: Field) -> Field:
        whole = [part.along(axis, size) if axis in part.axes else part for part in field.parts]
        if None in whole or source.size is None or any(part.filled for part in field.parts):
            return UNKNOWN
        own = [part for part in whole if part is not None and axis in part.axes]
        goes_on = all(_length(part, size) >= source.size for part in own)
        made: list[Part | None] = [part for part in whole if part is not None and axis not in part.axes]
        if goes_on:
            start = by if out > size or 2 * by <= size else by - size
            for part in own:
                read = part.read_by(axis, *sizes, moved(start))
                forwards = (part.places.shift or 0) > 0
                made.append(read and read._replace(around=1 if forwards else -1))
        else:
            made += [None if part.around else part.read_by(axis, *sizes, around(by, *sizes)) for part in own]
        return field_of(source, made)

    return {source: field if field.kind != "at" else one(source, field) for source, field in fields.items()}


def _length(part: Part, size: int) -> int:
    """Positions of the input from the first position of an axis to the one after its end; 0 if they are not even."""
    shift, period = part.places.shift, len(part.places.first)
    return 0 if shift is None or len(part.digits) > 1 or size % period else abs(shift) * (size // period)


def placed(fields: Fields, axis: int, sizes: tuple[Any, Any], before: Any) -> Fields:
    """A tensor in a longer one, from a position on, beside others of the same input. `sizes` are of both."""

    def one(part: Part, source: Source) -> Part | None:
        if not all(map(known, (*sizes, before))):
            return None
        whole, reach = part.along(axis, sizes[0]), piece(before, *sizes)
        made = None if whole is None or whole.around else whole.read_by(axis, *sizes, reach)
        return None if made is None else made._replace(cut=True)

    return each_part(fields, one)
