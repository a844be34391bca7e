"""Pooling: no weights, no multiply-adds."""

from __future__ import annotations

from typing import Literal

from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts, TorchCall, Window
from costcalc.spec.saves import INPUT, INPUT_AND_BESIDE, NOTHING, Extra
from costcalc.spec.shapes import Shape, Sizes, kernel, per_axis, spatial, windows
from costcalc.spec.sizes import holds, known
from costcalc.spec.trace import op

__all__ = ["adaptive_avg_pool", "avg_pool", "max_pool"]


@op(keeps_channels_last=True)
def max_pool(
    x: Shape, *, k: Sizes, stride: Sizes | None = None, padding: Sizes = 0, dilation: Sizes = 1, ceil: bool = False
) -> Facts:
    """(N, C, *size) -> (N, C, *out): the largest element of each window. `stride` defaults to `k`."""
    axes, k, stride, padding = _window(x, k, stride, padding)
    dilation = per_axis("dilation", dilation, axes)
    out = windows(x[2:], k, stride, padding, dilation, ceil)
    args = {"stride": stride, "padding": padding, "dilation": dilation}
    return Facts(
        outputs=((*x[:2], *out),),
        settings={"k": k, **args, "ceil": ceil},
        window=Window(k, stride, tuple((pad, pad) for pad in padding), dilation),
        beside=(Extra((*x[:2], *out), "int64"),),  # positions of the maxima
        saves=INPUT_AND_BESIDE,
        torch=TorchCall(f"MaxPool{axes}d", {"kernel_size": k, **args, "ceil_mode": ceil}),
    )


@op(keeps_channels_last=True)
def avg_pool(
    x: Shape,
    *,
    k: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil: bool = False,
    count_include_pad: bool = True,
) -> Facts:
    """(N, C, *size) -> (N, C, *out): the mean of each window. No mult-adds: a sum and one scaling.

    Raises SpecError if the window is larger than the padded input, or in three dimensions than the input without
    padding, as torch's AvgPool3d does.
    """
    axes, k, stride, padding = _window(x, k, stride, padding)
    if axes == 3 and not all(holds(size >= width) for size, width in zip(x[2:], k, strict=True)):
        raise SpecError(f"the output shrinks to nothing: a window of k={k} is larger than the input {x[2:]}")
    out = windows(x[2:], k, stride, padding, (1,) * axes, ceil)
    args = {"stride": stride, "padding": padding, "count_include_pad": count_include_pad}
    return Facts(
        outputs=((*x[:2], *out),),
        settings={"k": k, **args, "ceil": ceil},
        window=Window(k, stride, tuple((pad, pad) for pad in padding), (1,) * axes),
        saves=INPUT,
        torch=TorchCall(f"AvgPool{axes}d", {"kernel_size": k, **args, "ceil_mode": ceil}),
    )


@op(keeps_channels_last=True)
def adaptive_avg_pool(x: Shape, size: Sizes = 1) -> Facts:
    """(N, C, *any) -> (N, C, *size): means over windows of the size that it needs. ``size=1`` is a global pool."""
    axes = len(spatial(x, "adaptive_avg_pool"))
    size = per_axis("size", size, axes)
    return Facts(
        outputs=((*x[:2], *size),),
        settings={"size": size},
        window=_adaptive(x[2:], size),
        saves=NOTHING if all(known(n) and n == 1 for n in size) else INPUT,  # to 1x1 torch takes a mean
        torch=TorchCall(f"AdaptiveAvgPool{axes}d", {"output_size": size}),
    )


def _adaptive(size: Shape, out: tuple[int, ...]) -> Window | Literal["whole", "adaptive"]:
    """The windows of an adaptive pool: equal if the output size divides the input size."""
    if all(n == 1 for n in out):
        return "whole"
    if not all(known(along) and along % n == 0 for along, n in zip(size, out, strict=True)):
        return "adaptive"
    k = tuple(along // n for along, n in zip(size, out, strict=True))
    return Window(k, k, ((0, 0),) * len(k), (1,) * len(k))


def _window(
    x: Shape, k: Sizes, stride: Sizes | None, padding: Sizes
) -> tuple[int, tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """The number of axes, and window, stride and padding along each.

    Raises SpecError if the padding is more than half the window, as torch does.
    """
    axes = len(spatial(x, "a pool"))
    k = kernel(k, x)
    stride = k if stride is None else per_axis("stride", stride, axes)
    padding = per_axis("padding", padding, axes, least=0)
    for width, pad in zip(k, padding, strict=True):
        if 2 * pad > width:
            raise SpecError(f"padding={padding} must be at most half of the window k={k}")
    return axes, k, stride, padding
