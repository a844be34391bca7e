"""Fields of operations that are not an op of their own, from their names and shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from costcalc.analysis.receptive.field import UNKNOWN, Field, Fields, mixed, read_by, regrouped, union, unknown
from costcalc.analysis.receptive.places import Reach, windows
from costcalc.spec.node import Node
from costcalc.spec.shapes import Shape
from costcalc.spec.sizes import known

ALONG_AN_AXIS = {
    "cummax", "cummin", "cumprod", "cumsum", "cumulative_trapezoid", "logcumsumexp", "log_softmax", "_log_softmax",
    "softmax", "_softmax", "renorm", "normalize",
}  # fmt: skip
"""Arithmetic that keeps the shape but mixes the positions of an axis, whose number is not kept."""

REDUCTIONS = {
    "amax", "amin", "all", "any", "logsumexp", "linalg_vector_norm", "max", "mean", "median", "min", "norm", "nansum",
    "nanmean", "prod", "std", "std_mean", "sum", "var", "var_mean",
}  # fmt: skip

IN_PLACE = {
    "_to_copy", "alias", "bernoulli", "clone", "contiguous", "copy", "detach", "expand", "expand_as", "fill",
    "lift_fresh", "tril", "triu",
}  # fmt: skip
"""Moves that leave each element at its position, or write numbers there."""

NUMBERS = {
    "empty_like", "full_like", "new_empty", "new_full", "new_ones", "new_zeros", "ones_like", "rand_like", "randn_like",
    "zeros_like",
}  # fmt: skip
"""Moves and arithmetic that make new numbers, whatever those of the tensor are."""

REORDERS = {"flip", "fliplr", "flipud", "roll"}
"""Moves that put the positions of an axis in another order, which is not kept."""

SHUFFLES = {"pixel_shuffle", "pixel_unshuffle"}
"""Moves of blocks of positions to channels, and back."""

RESHAPES = {"_unsafe_view", "flatten", "reshape", "squeeze", "unflatten", "unsqueeze", "view"}

PARTS = {"chunk", "narrow", "select", "slice", "split", "split_with_sizes", "unbind", "unsafe_chunk"}


def by_name(broadcast: Callable[[Node, Sequence[Fields]], Fields]) -> Callable[[Node, Sequence[Fields]], Any]:
    """The rule of `elementwise` and `move`, of which the settings have torch's name."""

    def rule(node: Node, inputs: Sequence[Fields]) -> Fields:
        name = _name(node)
        if not inputs or name in NUMBERS:
            return {}
        if node.op == "move" and name in RESHAPES:
            return regrouped(inputs[0], node.inputs[0].shape, node.facts.outputs[0])
        if node.op == "move" and name in PARTS:
            return _part(node, inputs)
        if node.op == "move" and name in SHUFFLES:
            return _shuffled(node, inputs)
        if node.op == "move" and name in REORDERS:
            return {s: f._replace(kind="in") if f.places is not None else f for s, f in inputs[0].items()}
        if node.op == "elementwise" and name in REDUCTIONS and len(inputs) == 1:
            return _reduced(node, inputs)
        local = name in IN_PLACE if node.op == "move" else name not in ALONG_AN_AXIS
        return broadcast(node, inputs) if local and _fits(node) else unknown(inputs)

    return rule


def _name(node: Node) -> str:
    return str(node.facts.settings["aten"]).rpartition("::")[2].partition(".")[0].rstrip("_")


def is_followed(node: Node) -> bool:
    """True if an `elementwise` or `move` is followed, for some shapes."""
    name = _name(node)
    if node.op == "move":
        return name in NUMBERS | IN_PLACE | RESHAPES | PARTS | SHUFFLES
    return name not in ALONG_AN_AXIS and (name in REDUCTIONS or _fits(node))


def _fits(node: Node) -> bool:
    """True if every input's shape broadcasts to that of the one output."""
    out = node.facts.outputs[0]
    return all(
        len(t.shape) <= len(out)
        and all(a is b or a == b or a == 1 for a, b in zip(reversed(t.shape), reversed(out), strict=False))
        for t in node.inputs
    ) and all(shape == out for shape in node.facts.outputs)


def _part(node: Node, inputs: Sequence[Fields]) -> Fields:
    """Axes that keep their size keep their positions; it is not known which part of another one is taken."""
    before, after = node.inputs[0].shape, node.facts.outputs[0]
    fields = union(inputs)
    if len(before) == len(after) + 1:
        return _selected(fields, before, after)
    if len(before) != len(after):
        return unknown(inputs)
    same = [axis for axis, size in enumerate(before) if size == after[axis]]
    return {s: f if f.axis is None or f.axis in same else UNKNOWN for s, f in fields.items()}


def _selected(fields: Fields, before: Shape, after: Shape) -> Fields:
    """One position of an axis, which is the one that the result lacks: of alike ones it may be any."""
    if not all(map(known, before)):
        return unknown([fields])
    lacking = [axis for axis in range(len(before)) if (*before[:axis], *before[axis + 1 :]) == after]

    def one(field: Field) -> Field:
        if field.axis is None:
            return field
        if field.axis in lacking:
            return UNKNOWN if before[field.axis] > 1 or len(lacking) > 1 else Field("in", field.places, None)
        return field._replace(axis=field.axis - all(axis < field.axis for axis in lacking))

    return {source: one(field) for source, field in fields.items()}


def _shuffled(node: Node, inputs: Sequence[Fields]) -> Fields:
    """Positions of the last two axes are split into blocks, or put together from blocks; channels are those before."""
    before, after, fields = node.inputs[0].shape, node.facts.outputs[0], inputs[0]
    if not all(map(known, (*before, *after))) or any(field.axis == len(before) - 3 for field in fields.values()):
        return unknown(inputs)
    for axis in (len(before) - 2, len(before) - 1):
        if after[axis] >= before[axis]:
            reach = Reach([(0, 0)] * (after[axis] // before[axis]), 1)
        else:
            times = before[axis] // after[axis]
            reach = windows(times, times, 0, 1)
        fields = read_by(fields, axis, reach)
    return fields


def _reduced(node: Node, inputs: Sequence[Fields]) -> Fields:
    """A reduction that keeps its axes, with one position each, or that leaves out the last ones, or all."""
    before, after = node.inputs[0].shape, node.facts.outputs[0]
    if len(before) == len(after):
        axes = [axis for axis, size in enumerate(before) if size != after[axis]]
    elif after == before[: len(after)]:
        axes = list(range(len(after), len(before)))
    else:
        return unknown(inputs)
    found = mixed(inputs[0], axes, before)
    return {
        s: f if f.axis is None or f.axis not in axes else f._replace(kind="in", axis=None) for s, f in found.items()
    }
