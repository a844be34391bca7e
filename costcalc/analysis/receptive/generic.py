"""Fields of operations that are not an op of their own, from their names and shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from costcalc.analysis.receptive.field import UNKNOWN, Fields, mixed, regrouped, union, unknown
from costcalc.spec.node import Node

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
    "full_like", "lift_fresh", "ones_like", "tril", "triu", "zeros_like",
}  # fmt: skip
"""Moves that leave each element at its position, or write numbers there."""

RESHAPES = {"_unsafe_view", "flatten", "reshape", "squeeze", "unflatten", "unsqueeze", "view"}

PARTS = {"chunk", "narrow", "select", "slice", "split", "split_with_sizes", "unbind", "unsafe_chunk"}


def by_name(broadcast: Callable[[Node, Sequence[Fields]], Fields]) -> Callable[[Node, Sequence[Fields]], Any]:
    """The rule of `elementwise` and `move`, of which the settings have torch's name."""

    def rule(node: Node, inputs: Sequence[Fields]) -> Fields:
        name = str(node.facts.settings["aten"]).rpartition("::")[2].partition(".")[0].rstrip("_")
        if not inputs:
            return {}
        if node.op == "move" and name in RESHAPES:
            return regrouped(inputs[0], node.inputs[0].shape, node.facts.outputs[0])
        if node.op == "move" and name in PARTS:
            return _part(node, inputs)
        if node.op == "elementwise" and name in REDUCTIONS and len(inputs) == 1:
            return _reduced(node, inputs)
        local = name in IN_PLACE if node.op == "move" else name not in ALONG_AN_AXIS
        return broadcast(node, inputs) if local and _fits(node) else unknown(inputs)

    return rule


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
    if len(before) != len(after):
        return unknown(inputs)
    same = [axis for axis, size in enumerate(before) if size == after[axis]]
    return {s: f if f.axis is None or f.axis in same else UNKNOWN for s, f in union(inputs).items()}


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
