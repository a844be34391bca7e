"""Convolutions: a weighted sum over a window, at every position of the output."""

from __future__ import annotations

from typing import Any, Literal

from costcalc.spec.count import Count
from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts, TorchCall, Window, gradients_of_product
from costcalc.spec.saves import CONVOLVED
from costcalc.spec.shapes import AXES, Padding, Shape, Sizes, kernel, per_axis, same, spatial, windows
from costcalc.spec.sizes import divides, equal, holds, known, positive
from costcalc.spec.trace import op

__all__ = ["conv", "conv_transpose"]

FACTORS = {
    n: ("N", "C_out", *(f"{a}_out" for a in axes), "C_in", *(f"k_{a.lower()}" for a in axes))
    for n, axes in AXES.items()
}
FACTORS_TRANSPOSED = {
    n: ("N", "C_in", *(f"{a}_in" for a in axes), "C_out", *(f"k_{a.lower()}" for a in axes)) for n, axes in AXES.items()
}


@op(keeps_channels_last=True)
def conv(
    x: Shape,
    width: int,
    *,
    k: Sizes,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
    bias: bool = True,
) -> Facts:
    """(N, C_in, *size) -> (N, width, *out), over 1 to 3 spatial axes.

    Mult-adds: ``N · C_out · out · (C_in / groups) · k``, the bias left out (the convention of Szegedy et al.
    2015, Table 1, and of fvcore's conv_flop_jit). `padding` may be "same": ``ceil(size / stride)`` positions.

    Raises SpecError if groups do not divide the channels or the window is larger than the padded input.
    """
    size = spatial(x, "conv")
    axes = len(size)
    c_in = x[1]
    positive("width", width)
    k = kernel(k, x)
    stride = per_axis("stride", stride, axes)
    dilation = per_axis("dilation", dilation, axes)
    if not known(groups) or groups < 1 or not (divides(groups, c_in) and divides(groups, width)):
        raise SpecError(f"groups={groups!r} must divide the {c_in} input and {width} output channels")
    if isinstance(padding, str):
        padding = _same(padding, size, k, stride, dilation)
    else:
        padding = per_axis("padding", padding, axes, least=0)
    if isinstance(padding, str):
        out, pads = size, tuple(same(*axis) for axis in zip(size, k, stride, dilation, strict=True))
    else:
        out, pads = windows(size, k, stride, padding, dilation), tuple((pad, pad) for pad in padding)
    c_group = c_in // groups
    weights: dict[str, Shape] = {"weight": (width, c_group, *k)}
    if bias:
        weights["bias"] = (width,)
    macs = Count((FACTORS[axes], (x[0], width, *out, c_group, *k)))
    return Facts(
        outputs=((x[0], width, *out),),
        macs=macs,
        gradients=gradients_of_product(macs, (0,), ("weight",)),
        weights=weights,
        settings={
            "width": width,
            "k": k,
            "stride": stride,
            "padding": padding,
            "dilation": dilation,
            "groups": groups,
            "bias": bias,
        },
        window=Window(k, stride, pads, dilation),
        saves=CONVOLVED,
        torch=TorchCall(
            f"Conv{axes}d",
            {
                "in_channels": c_in,
                "out_channels": width,
                "kernel_size": k,
                "stride": stride,
                "padding": padding,
                "dilation": dilation,
                "groups": groups,
                "bias": bias,
            },
        ),
    )


@op(keeps_channels_last=True)
def conv_transpose(
    x: Shape,
    width: int,
    *,
    k: Sizes,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
    bias: bool = True,
) -> Facts:
    """(N, C_in, *size) -> (N, width, *out): a transposed convolution over 1 to 3 spatial axes ("deconvolution").

    Each input element is spread over a window of the output: ``out = (size - 1) · stride - 2 · padding +
    dilation · (k - 1) + output_padding + 1``. Mult-adds: ``N · C_in · size · (C_out / groups) · k``, including
    those that padding cuts off, the bias left out (fvcore's conv_flop_count counts the same).

    Raises SpecError if groups do not divide the channels, the padding cuts off the whole output,
    or `output_padding` is not less than the stride or the dilation.
    """
    size = spatial(x, "conv_transpose")
    axes = len(size)
    c_in = x[1]
    positive("width", width)
    if not known(groups) or groups < 1 or not (divides(groups, c_in) and divides(groups, width)):
        raise SpecError(f"groups={groups!r} must divide the {c_in} input and {width} output channels")
    k = kernel(k, x)
    along = {
        "stride": per_axis("stride", stride, axes),
        "padding": per_axis("padding", padding, axes, least=0),
        "output_padding": per_axis("output_padding", output_padding, axes, least=0),
        "dilation": per_axis("dilation", dilation, axes),
    }
    out = tuple(_spread(*axis) for axis in zip(size, k, *along.values(), strict=True))
    c_group = width // groups
    weights: dict[str, Shape] = {"weight": (c_in, c_group, *k)}
    if bias:
        weights["bias"] = (width,)
    rest = {**along, "groups": groups, "bias": bias}
    macs = Count((FACTORS_TRANSPOSED[axes], (x[0], c_in, *size, c_group, *k)))
    return Facts(
        outputs=((x[0], width, *out),),
        macs=macs,
        gradients=gradients_of_product(macs, (0,), ("weight",)),
        weights=weights,
        settings={"width": width, "k": k, **rest},
        window=Window(k, along["stride"], tuple((pad, pad) for pad in along["padding"]), along["dilation"], True),
        saves=CONVOLVED,
        torch=TorchCall(
            f"ConvTranspose{axes}d", {"in_channels": c_in, "out_channels": width, "kernel_size": k, **rest}
        ),
    )


def _spread(size: Any, k: int, stride: int, padding: int, output_padding: int, dilation: int) -> Any:
    """The output of a transposed convolution along one axis."""
    if output_padding >= stride and output_padding >= dilation:
        raise SpecError(f"output_padding={output_padding} must be less than stride={stride} or dilation={dilation}")
    out = (size - 1) * stride - 2 * padding + dilation * (k - 1) + output_padding + 1
    if not holds(out >= 1):
        raise SpecError(f"the output shrinks to nothing: padding={padding} cuts off all of it")
    return out


def _same(
    padding: str, size: Shape, k: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> Literal["same"] | tuple[int, ...]:
    """Padding "same" as a torch module takes it: numbers if both sides are equal, otherwise the string "same".

    torch pads the two sides differently only at stride 1 (an even window), which keeps the size.
    """
    if padding != "same":
        raise SpecError(f"padding={padding!r} must be integers, or 'same'")
    pairs = [same(*axis) for axis in zip(size, k, stride, dilation, strict=True)]
    if all(holds(equal(before, after)) for before, after in pairs):
        return tuple(before for before, _ in pairs)
    if any(s != 1 for s in stride):
        raise SpecError(f"padding='same' is (before, after) = {pairs} here, which needs same_pad(...) before the layer")
    return "same"
