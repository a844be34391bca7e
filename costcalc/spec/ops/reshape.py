"""Ops that move, copy or scale elements: no mult-adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.spec import arguments
from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts, TorchCall
from costcalc.spec.saves import NOTHING
from costcalc.spec.shapes import MOST_AXES, Shape, Size, Sizes, numel, per_axis, same, spatial
from costcalc.spec.sizes import divides, equal, holds, known
from costcalc.spec.trace import op

__all__ = [
    "channel_shuffle", "flatten", "mean", "pad", "reshape", "same_pad", "scale", "split", "transpose", "unflatten",
]  # fmt: skip


@op
def flatten(x: Shape, *, start: int = 1) -> Facts:
    """(N, a, b, ...) -> (N, a·b·...): all axes from `start` on are joined. A view."""
    if not 0 <= start < len(x):
        raise SpecError(f"start={start} must be one of the {len(x)} axes")
    return Facts(
        outputs=((*x[:start], numel(x[start:])),),
        settings={"start": start},
        torch=TorchCall("torch.flatten", {"start_dim": start}),
        aliases=(0,),
        saves=NOTHING,
    )


@op
def unflatten(x: Shape, *, sizes: Sequence[Size], axis: int = 1) -> Facts:
    """(N, a·b·..., ...) -> (N, a, b, ..., ...): one axis becomes several, of `sizes`. A view.

    Raises SpecError if the product of `sizes` is not the size of the axis.
    """
    sizes = arguments.integers("sizes", sizes, 1, arguments.size)
    if len(sizes) > MOST_AXES or not 0 < axis < len(x) or not holds(equal(numel(sizes), x[axis])):
        raise SpecError(f"sizes={sizes} must multiply to axis {axis} of the input")
    return Facts(
        outputs=((*x[:axis], *sizes, *x[axis + 1 :]),),
        settings={"sizes": sizes, "axis": axis},
        torch=TorchCall("Unflatten", {"dim": axis, "unflattened_size": sizes}),
        aliases=(0,),
        saves=NOTHING,
    )


@op
def transpose(x: Shape, axes: Sequence[int]) -> Facts:
    """(N, a, b, ...) -> its axes in the order `axes`: ``(0, 2, 1)`` swaps the two after the batch. A view.

    Raises SpecError if `axes` is not each axis of the input once.
    """
    axes = tuple(axes)
    if sorted(axes) != list(range(len(x))):
        raise SpecError(f"axes={axes} must be the input's axes 0 to {len(x) - 1} in another order")
    return Facts(
        outputs=(tuple(x[axis] for axis in axes),),
        settings={"axes": axes},
        torch=TorchCall("torch.permute", {"dims": axes}),
        aliases=(0,),
        saves=NOTHING,
    )


@op
def reshape(x: Shape, shape: Sequence[Size]) -> Facts:
    """Any shape -> `shape`, including the batch, with the same number of elements; one size may be -1, for the rest.

    A view (torch copies after a transpose; the copy is not counted as activations).

    Raises SpecError if the number of elements differs.
    """
    shape, size = tuple(shape), numel(x)
    if len(shape) > MOST_AXES:
        raise SpecError(f"a shape has at most {MOST_AXES} axes, as in torch, not {len(shape)}")
    if [n for n in shape if known(n)].count(-1) == 1:
        rest = -numel(shape)
        rest = max(rest, 1) if known(rest) else rest
        shape = tuple(size // rest if known(n) and n == -1 else n for n in shape)
    if not (all(holds(n >= 1) for n in shape) and holds(equal(numel(shape), size))):
        raise SpecError(f"shape={shape} must have the {size} elements of the input")
    return Facts(
        outputs=(shape,),
        settings={"shape": shape},
        torch=TorchCall("torch.reshape", {"shape": shape}),
        aliases=(0,),
        saves=NOTHING,
    )


@op
def split(x: Shape, *, sizes: Sequence[Size], axis: int = 1) -> Any:
    """(N, C, ...) -> several outputs, of `sizes` along `axis`. Views.

    Raises SpecError if the sizes do not add up to the axis.
    """
    sizes = arguments.integers("sizes", sizes, 0, arguments.size)
    if not 0 <= axis < len(x) or not holds(equal(sum(sizes), x[axis])):
        raise SpecError(f"sizes={sizes} must add up to axis {axis} of the input")
    return Facts(
        outputs=tuple((*x[:axis], size, *x[axis + 1 :]) for size in sizes),
        settings={"sizes": sizes, "axis": axis},
        torch=TorchCall("torch.split", {"split_size_or_sections": list(sizes), "dim": axis}),
        aliases=(0,) * len(sizes),
        saves=NOTHING,
    )


@op(keeps_channels_last=True)
def pad(x: Shape, *, pads: Sequence[Sequence[int]], value: float = 0.0) -> Facts:
    """(N, C, *size) -> larger: (before, after) elements of `value` along each of the last axes, one pair per axis.

    Raises SpecError if a pair is not two integers of at least 0.
    """
    pairs = [per_axis("pads", pair, 2, least=0) for pair in pads]
    if len(pairs) > len(x):
        raise SpecError(f"pads={pads!r} has more pairs than the input has axes")
    kept = len(x) - len(pairs)
    grown = tuple(size + before + after for size, (before, after) in zip(x[kept:], pairs, strict=True))
    flat = [n for pair in reversed(pairs) for n in pair]  # torch lists the last axis first
    return Facts(
        outputs=((*x[:kept], *grown),),
        settings={"pads": tuple(pairs), "value": value},
        torch=TorchCall("torch.nn.functional.pad", {"pad": flat, "value": value}),
        saves=NOTHING,
    )


@op(keeps_channels_last=True)
def same_pad(x: Shape, *, k: Sizes, stride: Sizes = 1, dilation: Sizes = 1, value: float = 0.0) -> Facts:
    """(N, C, *size) -> padded so that ``ceil(size / stride)`` windows fit: TensorFlow's "SAME".

    For a layer with padding 0 after it; the odd element goes after. A max pool needs ``value=-inf``.
    """
    size = spatial(x, "same_pad")
    settings = {
        "k": per_axis("k", k, len(size)),
        "stride": per_axis("stride", stride, len(size)),
        "dilation": per_axis("dilation", dilation, len(size)),
    }
    pairs = [same(*axis) for axis in zip(size, *settings.values(), strict=True)]
    grown = tuple(s + before + after for s, (before, after) in zip(size, pairs, strict=True))
    flat = [n for pair in reversed(pairs) for n in pair]
    return Facts(
        outputs=((*x[:2], *grown),),
        settings={**settings, "value": value},
        torch=TorchCall("torch.nn.functional.pad", {"pad": flat, "value": value}),
        saves=NOTHING,
    )


@op(keeps_channels_last=True)
def channel_shuffle(x: Shape, *, groups: int) -> Facts:
    """(N, C, *size) -> same shape, the channels of the groups interleaved (Zhang et al. 2018, ShuffleNet)."""
    if len(x) < 2:
        raise SpecError("channel_shuffle needs an input of shape N, C and any axes after")
    if groups < 1 or not divides(groups, x[1]):
        raise SpecError(f"groups={groups} must divide the {x[1]} channels")
    return Facts(
        (x,), settings={"groups": groups}, torch=TorchCall("ChannelShuffle", {"groups": groups}), saves=NOTHING
    )


@op
def mean(x: Shape, *, axes: Sequence[int]) -> Facts:
    """(N, C, H, W) -> (N, C) with ``axes=(2, 3)``: means over these axes, which are removed."""
    axes = tuple(axes)
    if any(not 0 < axis < len(x) for axis in axes) or len(set(axes)) < len(axes):
        raise SpecError(f"axes={axes} must be axes of the input, the batch left out, each once")
    return Facts(
        outputs=(tuple(size for i, size in enumerate(x) if i not in axes),),
        settings={"axes": axes},
        torch=TorchCall("torch.mean", {"dim": list(axes)}),
        saves=NOTHING,
        window="whole" if len(x) > 2 and {*range(2, len(x))} <= {*axes} else None,
    )


@op(elementwise=True)
def scale(x: Shape, *, factor: float) -> Facts:
    """Any shape -> the same, each element times one fixed number (the residual scaling of Inception-ResNet)."""
    return Facts((x,), settings={"factor": factor}, torch=TorchCall("operator.mul", {"factor": factor}), saves=NOTHING)
