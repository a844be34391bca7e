"""The axes of the first input that a move cuts, pads or reorders, and those that a statistic is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from costcalc.convert.torch_reader.aten.schema import base, by_name
from costcalc.convert.torch_reader.settings import pad_pairs

Reads = Sequence[tuple[int, int, int]]
"""(axis, start, step) of each axis of which position i is that at start + step·i of the input: see spec.ops.generic."""

STATISTICS = {
    "_log_softmax", "_softmax", "all", "amax", "amin", "aminmax", "any", "argmax", "argmin", "cummax", "cummin",
    "cumprod", "cumsum", "linalg_vector_norm", "log_softmax", "logcumsumexp", "logsumexp", "max", "mean", "median",
    "min", "nanmean", "nanmedian", "nansum", "norm", "prod", "softmax", "std", "std_mean", "sum", "var", "var_mean",
}  # fmt: skip
"""Operations that mix the positions of the axes `dim`, or of all."""

PADS = {f"{kind}_pad{n}d" for kind in ("reflection", "replication") for n in (1, 2, 3)} | {"_pad_circular", "pad"}


def reads(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings of a move that say what it reads of its first input; none for one that is not of a kind below."""
    name = base(func)
    kind = _pad if name in PADS else KINDS.get(name)
    if kind is None:
        return {}
    given = by_name(func, args, kwargs)
    x = given["self"]
    found = kind(given, tuple(x.shape)) if x.dim() else ()
    around = name in ("roll", "_pad_circular") or given.get("mode") == "circular"
    return {"reads": found, **({"around": True} if around else {})} if found else {}


def over(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings of an operation that say which axes of its first input a statistic is over."""
    if base(func) not in STATISTICS:
        return {}
    given = by_name(func, args, kwargs)
    x, axes = given.get("self"), given.get("dim")
    if not isinstance(x, torch.Tensor) or not x.dim() or "other" in given:  # the larger of two tensors
        return {}
    listed = [axes] if isinstance(axes, int | str) else list(axes or range(x.dim()))
    if not all(isinstance(axis, int) for axis in listed):  # named ones
        return {}
    return {"over": tuple(sorted({axis % x.dim() for axis in listed}))}


def _slice(a: Mapping[str, Any], shape: Sequence[int]) -> Reads:
    axis, start = a["dim"] % len(shape), a["start"] or 0
    if type(start) is not int:  # a tensor
        return ()
    start = start + shape[axis] if start < 0 else start
    return ((axis, min(max(start, 0), shape[axis]), a.get("step") or 1),)


def _select(a: Mapping[str, Any], shape: Sequence[int]) -> Reads:
    axis, index = a["dim"] % len(shape), a.get("index", 0)
    return ((axis, index % max(shape[axis], 1), 0),)


def _unfold(a: Mapping[str, Any], shape: Sequence[int]) -> Reads:
    return ((a["dimension"] % len(shape), 0, a["step"]),)


def _roll(a: Mapping[str, Any], shape: Sequence[int]) -> Reads:
    by: dict[int, int] = {}  # an axis may be rolled twice; without axes the tensor is rolled as one axis
    for axis, shift in zip(a["dims"], a["shifts"], strict=False):
        by[axis % len(shape)] = by.get(axis % len(shape), 0) - shift
    return tuple((axis, shift % max(shape[axis], 1), 1) for axis, shift in sorted(by.items()))


def _flip(*axes: int) -> Callable[[Mapping[str, Any], Sequence[int]], Reads]:
    def of(a: Mapping[str, Any], shape: Sequence[int]) -> Reads:
        own = sorted({axis % len(shape) for axis in a.get("dims", axes)})
        return tuple((axis, shape[axis] - 1, -1) for axis in own)

    return of


def _pad(a: Mapping[str, Any], shape: Sequence[int]) -> Reads:
    pairs = pad_pairs(a["pad"] if "pad" in a else a["padding"])
    return tuple((axis, -before, 1) for axis, (before, _) in enumerate(pairs, len(shape) - len(pairs)))


KINDS: Mapping[str, Callable[[Mapping[str, Any], Sequence[int]], Reads]] = {
    "flip": _flip(),
    "fliplr": _flip(1),
    "flipud": _flip(0),
    "narrow": _slice,
    "roll": _roll,
    "select": _select,
    "slice": _slice,
    "unbind": _select,
    "unfold": _unfold,
}
