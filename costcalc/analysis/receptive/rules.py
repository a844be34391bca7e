"""What an element of an op's output depends on, op by op. An op without a rule makes fields unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from costcalc.analysis.receptive.field import Fields, lies_along, mixed, read_by, renumbered, union, unknown
from costcalc.analysis.receptive.generic import by_name, is_followed
from costcalc.analysis.receptive.places import Reach, adaptive, moved, resampled, spread, windows
from costcalc.analysis.receptive.regroup import regrouped
from costcalc.analysis.receptive.taken import placed
from costcalc.spec.facts import Window
from costcalc.spec.node import Node
from costcalc.spec.ops.products import subscripts
from costcalc.spec.sizes import known

Rule = Callable[[Node, Sequence[Fields]], Any]
"""Returns the fields of a node's output, or a list of those of several, from those of its inputs."""


def broadcast(node: Node, inputs: Sequence[Fields]) -> Fields:
    """Element by element; axes are aligned at the last one."""
    out = node.facts.outputs[0]
    aligned = []
    for t, fields in zip(node.inputs, inputs, strict=True):
        before = len(out) - len(t.shape)
        single = {i for i, size in enumerate(t.shape) if known(size) and size == 1 and out[before + i] is not size}
        spread_out = {i for i in single if not (known(out[before + i]) and out[before + i] == 1)}
        aligned.append(renumbered(fields, partial(_aligned, spread_out, before)))
    return union(aligned)


def _aligned(spread_out: set[int], before: int, axis: int) -> int | None:
    return None if axis in spread_out else axis + before


def _mixing(axes: Callable[[Node], Sequence[int]]) -> Rule:
    """Each element depends on all positions of these axes, as in softmax, a norm or a linear layer."""

    def rule(node: Node, inputs: Sequence[Fields]) -> Fields:
        shape = node.inputs[0].shape
        return mixed(inputs[0], [axis % len(shape) for axis in axes(node)], shape)

    return rule


def _after_batch(node: Node) -> range:
    return range(1, len(node.inputs[0].shape))


def _windows(node: Node, inputs: Sequence[Fields]) -> Fields:
    """Windows along the spatial axes; a convolution mixes the channels too."""
    shape, window, fields = node.inputs[0].shape, node.facts.window, inputs[0]
    groups = node.facts.settings.get("groups", 1)
    if lies_along(fields, 1) and groups != 1:
        return unknown(inputs)  # positions among the channels of a group
    if node.op in ("conv", "conv_transpose"):
        fields = mixed(fields, [1], shape)
    if window == "whole":
        return mixed(fields, range(2, len(shape)), shape)
    for axis in range(2, len(shape)):
        fields = read_by(fields, axis, _sizes(node, axis), _along(node, window, axis))
    return fields


def _along(node: Node, window: Any, axis: int) -> Reach | None:
    """The windows along one axis of the input; None if their sizes are not numbers."""
    if isinstance(window, Window):
        i = axis - 2
        k, stride, before, dilation = window.kernel[i], window.stride[i], window.padding[i][0], window.dilation[i]
        numbers = (k, stride, before, dilation)
        return (spread if window.transposed else windows)(*numbers) if all(map(known, numbers)) else None
    sizes = _sizes(node, axis)
    return adaptive(*sizes) if all(map(known, sizes)) else None


def _sizes(node: Node, axis: int) -> tuple[Any, Any]:
    """The size of an axis, before and after."""
    return node.inputs[0].shape[axis], node.facts.outputs[0][axis]


def _upsample(node: Node, inputs: Sequence[Fields]) -> Fields:
    settings, fields = node.facts.settings, inputs[0]
    for axis in range(2, len(node.inputs[0].shape)):
        size, out = _sizes(node, axis)
        rate = None
        if known(size) and known(out):
            rate = Fraction(size - 1, max(out - 1, 1)) if settings["align_corners"] else Fraction(size, out)
        if "scale" in settings and not settings["align_corners"]:
            rate = 1 / Fraction(settings["scale"][axis - 2])  # torch takes the scale as it is given
        reach = (
            None if rate is None or rate == 0 else resampled(rate, settings["mode"], bool(settings["align_corners"]))
        )
        fields = read_by(fields, axis, (size, out), reach)
    return fields


def _concat(node: Node, inputs: Sequence[Fields]) -> Fields:
    """Positions along the axis come one tensor after the other; if several have any, each has places of its own."""
    axis, before, after = node.facts.settings["axis"], 0, []
    total = node.facts.outputs[0][axis]
    times = Counter(source for fields in inputs for source in fields)
    differs = {
        source
        for fields in inputs
        for source, field in fields.items()
        if any(axis in part.axes or not part.digits for part in field.parts)
    }
    for t, fields in zip(node.inputs, inputs, strict=True):
        sizes = t.shape[axis], total
        alone = {source: each for source, each in fields.items() if times[source] == 1 or source not in differs}
        shared = {source: each for source, each in fields.items() if source not in alone}
        after.append(read_by(alone, axis, sizes, moved(-before) if known(before) else None))
        after.append(placed(shared, axis, sizes, before))
        before = before + sizes[0]
    return union(after)


def _split(node: Node, inputs: Sequence[Fields]) -> list[Fields]:
    axis, before, parts = node.facts.settings["axis"], 0, []
    for size in node.facts.settings["sizes"]:
        reach = moved(before) if known(before) else None
        parts.append(read_by(inputs[0], axis, (node.inputs[0].shape[axis], size), reach, cut=True))
        before = before + size
    return parts


def _pad(node: Node, inputs: Sequence[Fields]) -> Fields:
    shape, fields = node.inputs[0].shape, inputs[0]
    pairs = node.facts.settings["pads"]
    for axis, (before, _) in enumerate(pairs, len(shape) - len(pairs)):
        fields = read_by(fields, axis, _sizes(node, axis), moved(-before) if known(before) else None)
    return fields


def _same_pad(node: Node, inputs: Sequence[Fields]) -> Fields:
    fields, flat = inputs[0], node.facts.torch.args["pad"] if node.facts.torch else ()
    for axis, before in enumerate(reversed(flat[::2]), 2):
        fields = read_by(fields, axis, _sizes(node, axis), moved(-before) if known(before) else None)
    return fields


def _transpose(node: Node, inputs: Sequence[Fields]) -> Fields:
    return renumbered(inputs[0], node.facts.settings["axes"].index)


def _view(node: Node, inputs: Sequence[Fields]) -> Fields:
    return regrouped(inputs[0], node.inputs[0].shape, node.facts.outputs[0])


def _mean(node: Node, inputs: Sequence[Fields]) -> Fields:
    axes, shape = node.facts.settings["axes"], node.inputs[0].shape
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    return renumbered(mixed(inputs[0], axes, shape), lambda axis: kept.index(axis) if axis in kept else None)


def _shuffle(node: Node, inputs: Sequence[Fields]) -> Fields:
    return unknown(inputs) if lies_along(inputs[0], 1) else inputs[0]


def _product(node: Node, inputs: Sequence[Fields]) -> Fields:
    """A matrix product: all positions of the axis that is summed."""
    rank, made = len(node.facts.outputs[0]), []
    for t, fields, summed in zip(node.inputs, inputs, (-1, -2), strict=True):
        found = mixed(fields, [len(t.shape) + summed], t.shape)
        made.append(renumbered(found, partial(_aligned, set(), rank - len(t.shape))))
    return union(made)


def _einsum(node: Node, inputs: Sequence[Fields]) -> Fields:
    shapes = [t.shape for t in node.inputs]
    terms, out = subscripts(node.facts.settings["equation"], shapes)
    made = []
    for term, shape, fields in zip(terms, shapes, inputs, strict=True):
        found = mixed(fields, [i for i, letter in enumerate(term) if letter not in out], shape)
        made.append(renumbered(found, partial(_letter, term, out)))
    return union(made)


def _letter(term: list[str], out: list[str], axis: int) -> int | None:
    return out.index(term[axis]) if term[axis] in out else None


def _attention(node: Node, inputs: Sequence[Fields]) -> Fields:
    """A query sees all keys and values."""
    made = []
    for i, (t, fields) in enumerate(zip(node.inputs, inputs, strict=True)):
        rank = len(t.shape)
        made.append(mixed(fields, (rank - 1, rank - 2) if i else (rank - 1,), t.shape))
    return union(made)


def _recurrent(node: Node, inputs: Sequence[Fields]) -> list[Fields]:
    """The last position sees all before it."""
    axes = [2, 1 if node.facts.settings["batch_first"] else 0]
    return [mixed(inputs[0], axes, node.inputs[0].shape)] * len(node.facts.outputs)


def _known_nothing(node: Node, inputs: Sequence[Fields]) -> Fields:
    return unknown(inputs)


RULES: Mapping[str, Rule] = {
    **dict.fromkeys(["add", "multiply", "scale", "batch_norm", "dropout", "embedding"], broadcast),
    **dict.fromkeys(["relu", "relu6", "leaky_relu", "gelu", "silu", "hard_swish"], broadcast),
    **dict.fromkeys(["sigmoid", "hard_sigmoid", "tanh"], broadcast),
    **dict.fromkeys(["conv", "conv_transpose", "max_pool", "avg_pool", "adaptive_avg_pool"], _windows),
    **dict.fromkeys(["flatten", "reshape", "unflatten"], _view),
    **dict.fromkeys(["lstm", "gru", "rnn"], _recurrent),
    **dict.fromkeys(["elementwise", "move"], by_name(broadcast)),
    "lrn": _mixing(lambda node: [1]),
    "softmax": _mixing(lambda node: [node.facts.settings["axis"]]),
    "layer_norm": _mixing(lambda node: range(-node.facts.settings["axes"], 0)),
    **dict.fromkeys(["group_norm", "multi_head_attention"], _mixing(_after_batch)),
    "instance_norm": _mixing(lambda node: range(2, len(node.inputs[0].shape))),
    "linear": _mixing(lambda node: [-1]),
    "rbf": _mixing(lambda node: [-1]),
    "upsample": _upsample,
    "concat": _concat,
    "split": _split,
    "pad": _pad,
    "same_pad": _same_pad,
    "transpose": _transpose,
    "mean": _mean,
    "channel_shuffle": _shuffle,
    "matmul": _product,
    "einsum": _einsum,
    "scaled_dot_product_attention": _attention,
}
"""Batch norms use the statistics that they keep, as in eval mode."""


def fields_of(node: Node, inputs: Sequence[Fields]) -> list[Fields]:
    """The fields of each output of a node, from those of its inputs."""
    rule: Rule = RULES.get(node.op, _known_nothing)
    found = rule(node, inputs)
    return found if isinstance(found, list) else [found] * len(node.facts.outputs)


def has_rule(node: Node) -> bool:
    """True if fields are followed through a node, for some shapes."""
    return node.op in RULES and (node.op not in ("elementwise", "move") or is_followed(node))
