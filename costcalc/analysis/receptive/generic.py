"""Fields of operations that are not an op of their own, from their names and shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

from costcalc.analysis.receptive.field import Fields, lies_along, mixed, read_by, renumbered, unknown
from costcalc.analysis.receptive.places import Reach, adaptive, windows
from costcalc.analysis.receptive.regroup import regrouped
from costcalc.analysis.receptive.taken import PARTS, taken
from costcalc.spec.node import Node
from costcalc.spec.shapes import Shape
from costcalc.spec.sizes import known

ALONG_AN_AXIS = {
    "cummax", "cummin", "cumprod", "cumsum", "cumulative_trapezoid", "logcumsumexp", "log_softmax", "_log_softmax",
    "softmax", "_softmax", "renorm", "normalize",
}  # fmt: skip
"""Arithmetic that keeps the shape but mixes the positions of axes."""

REDUCTIONS = {
    "amax", "amin", "all", "any", "argmax", "argmin", "logsumexp", "linalg_vector_norm", "max", "mean", "median", "min",
    "norm", "nansum", "nanmean", "prod", "std", "std_mean", "sum", "var", "var_mean",
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

SHUFFLES = {"pixel_shuffle", "pixel_unshuffle"}
"""Moves of blocks of positions to channels, and back."""

ADAPTIVE_POOLS = {f"adaptive_max_pool{axes}d": axes for axes in (1, 2, 3)}

RESHAPES = {"_unsafe_view", "flatten", "reshape", "squeeze", "unflatten", "unsqueeze", "view"}


def by_name(broadcast: Callable[[Node, Sequence[Fields]], Fields]) -> Callable[[Node, Sequence[Fields]], Any]:
    """The rule of `elementwise` and `move`, of which the settings have torch's name."""

    def rule(node: Node, inputs: Sequence[Fields]) -> Any:
        name = _name(node)
        if not inputs or name in NUMBERS:
            return {}
        if node.op == "move" and name in RESHAPES:
            return regrouped(inputs[0], node.inputs[0].shape, node.facts.outputs[0])
        if node.op == "move" and (name in PARTS or node.facts.settings.get("reads")):
            return taken(node, inputs[0])
        if node.op == "move" and name in SHUFFLES:
            return _shuffled(node, inputs)
        if node.op == "elementwise" and name in REDUCTIONS | ALONG_AN_AXIS and len(inputs) == 1:
            return _reduced(node, inputs)
        if name in ADAPTIVE_POOLS:
            return _pooled(node, inputs[0])
        if name == "glu":
            return _halved(node, inputs[0])
        local = name in IN_PLACE if node.op == "move" else name not in ALONG_AN_AXIS
        return broadcast(node, inputs) if local and _fits(node) else unknown(inputs)

    return rule


def _name(node: Node) -> str:
    return str(node.facts.settings["aten"]).rpartition("::")[2].partition(".")[0].rstrip("_")


def is_followed(node: Node) -> bool:
    """True if an `elementwise` or `move` is followed, for some shapes."""
    name = _name(node)
    if node.op == "move":
        return name in NUMBERS | IN_PLACE | RESHAPES | PARTS | SHUFFLES or "reads" in node.facts.settings
    return name in {*REDUCTIONS, *ADAPTIVE_POOLS, "glu"} or (
        _fits(node) if name not in ALONG_AN_AXIS else "over" in node.facts.settings
    )


def _fits(node: Node) -> bool:
    """True if every input's shape broadcasts to that of the one output."""
    out = node.facts.outputs[0]
    return all(
        len(t.shape) <= len(out)
        and all(a is b or a == b or a == 1 for a, b in zip(reversed(t.shape), reversed(out), strict=False))
        for t in node.inputs
    ) and all(shape == out for shape in node.facts.outputs)


def _shuffled(node: Node, inputs: Sequence[Fields]) -> Fields:
    """Positions of the last two axes are split into blocks, or put together from blocks; channels are those before."""
    before, after, fields = node.inputs[0].shape, node.facts.outputs[0], inputs[0]
    if not all(map(known, (*before, *after))) or lies_along(fields, len(before) - 3):
        return unknown(inputs)
    for axis in (len(before) - 2, len(before) - 1):
        if after[axis] >= before[axis]:
            reach = Reach([range(1)] * (after[axis] // before[axis]), 1)
        else:
            times = before[axis] // after[axis]
            reach = windows(times, times, 0, 1)
        fields = read_by(fields, axis, (before[axis], after[axis]), reach)
    return fields


def _pooled(node: Node, fields: Fields) -> Fields:
    """Adaptive max pools over the last axes; positions and values alike."""
    before, after = node.inputs[0].shape, node.facts.outputs[0]
    for axis in range(len(before) - ADAPTIVE_POOLS[_name(node)], len(before)):
        sizes = before[axis], after[axis]
        if known(sizes[1]) and sizes[1] == 1:
            fields = mixed(fields, [axis], before)
        else:
            fields = read_by(fields, axis, sizes, adaptive(*sizes) if all(map(known, sizes)) else None)
    return fields


def _halved(node: Node, fields: Fields) -> Fields:
    """A gate by the second half of an axis, such as the channels, that has no positions."""
    before, after = node.inputs[0].shape, node.facts.outputs[0]
    axes = [axis for axis, size in enumerate(before) if size != after[axis]]
    return unknown([fields]) if any(lies_along(fields, axis) for axis in axes) else fields


def _reduced(node: Node, inputs: Sequence[Fields]) -> Fields:
    """Statistics over axes, which then have one position each, or are left out, or hold that of all before."""
    before, after = node.inputs[0].shape, node.facts.outputs[0]
    axes: Sequence[int] | None = node.facts.settings.get("over")
    if axes is None:
        axes = _axes_that_shrink(before, after) if _name(node) in REDUCTIONS else None
    if axes is None:
        return unknown(inputs)
    kept = [axis for axis in range(len(before)) if axis not in axes]
    if len(after) == len(before):
        renumber = {axis: axis for axis in range(len(before)) if axis in kept or after == before}
    elif len(after) == len(kept):
        renumber = {axis: i for i, axis in enumerate(kept)}
    else:
        return unknown(inputs)
    return renumbered(mixed(inputs[0], axes, before), renumber.get)


MOST_AXES = 8


def _axes_that_shrink(before: Shape, after: Shape) -> Sequence[int] | None:
    """The axes that a statistic is over, if the shapes say it."""
    if len(before) == len(after):
        return [axis for axis, size in enumerate(before) if size != after[axis]]
    if len(before) > MOST_AXES:
        return None
    choices = [
        axes
        for axes in combinations(range(len(before)), len(before) - len(after))
        if tuple(size for axis, size in enumerate(before) if axis not in axes) == after
    ]
    return choices[0] if len(choices) == 1 else None
