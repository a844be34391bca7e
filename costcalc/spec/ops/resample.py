"""Resampling to another spatial size: no weights and, by convention, no mult-adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.spec import arguments
from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts, TorchCall
from costcalc.spec.numbers import computed
from costcalc.spec.saves import NOTHING
from costcalc.spec.shapes import Shape, Sizes, per_axis, spatial
from costcalc.spec.sizes import holds, known
from costcalc.spec.trace import op

__all__ = ["upsample"]

MODES = {
    "nearest": (1, 2, 3),
    "nearest-exact": (1, 2, 3),
    "linear": (1,),
    "bilinear": (2,),
    "bicubic": (2,),
    "trilinear": (3,),
}
"""Modes of torch.nn.Upsample and the number of spatial axes each supports."""


@op(keeps_channels_last=True)
def upsample(
    x: Shape,
    *,
    scale: float | Sequence[float] | None = None,
    size: Sizes | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Facts:
    """(N, C, *any) -> (N, C, *size), or each axis times `scale`, rounded down; one of the two must be given.

    `mode` is torch's: nearest, nearest-exact, linear, bilinear, bicubic or trilinear. No mult-adds: an element is
    copied, or interpolated with fixed weights.

    Raises SpecError if both or none of size and scale are given, if a scale is not positive, or if the mode does not
    support the number of axes.
    """
    axes = spatial(x, "upsample")
    if mode not in MODES or len(axes) not in MODES[mode]:
        fit = [name for name, numbers in MODES.items() if len(axes) in numbers]
        raise SpecError(f"mode={mode!r} must be one of {', '.join(fit)} for {len(axes)} spatial axes")
    if align_corners is not None and mode.startswith("nearest"):
        raise SpecError(f"align_corners is for the modes that interpolate, not for mode={mode!r}")
    settings: dict[str, Any]
    if size is not None and scale is None:
        out: Shape = per_axis("size", size, len(axes))
        settings = {"size": out}
    elif scale is not None and size is None:
        given = scale if isinstance(scale, list | tuple) else (scale,) * len(axes)
        scales = tuple([arguments.number("scale", each) for each in given])
        if len(scales) != len(axes) or not all(0 < each <= arguments.LARGEST for each in scales):
            raise SpecError(f"scale={arguments.shown(scale)} must be one positive number, or {len(axes)}")
        out = tuple(map(_scaled, axes, scales))
        settings = {"scale": scales}
    else:
        raise SpecError("upsample needs either size=..., or scale=...")
    if not all(holds(n >= 1) for n in out):
        raise SpecError(f"the output shrinks to nothing: scale={scale!r}")
    rest = {"mode": mode, "align_corners": align_corners}
    torch_name = {"size": "size", "scale": "scale_factor"}
    return Facts(
        outputs=((*x[:2], *out),),
        settings={**settings, **rest},
        saves=NOTHING,
        torch=TorchCall("Upsample", {**{torch_name[key]: value for key, value in settings.items()}, **rest}),
    )


def _scaled(size: Any, scale: float) -> Any:
    """A size times a scale, rounded down, as in torch: with 64-bit floats, unless the scale is an integer."""
    if known(size):
        return size * scale if type(scale) is int else int(size * scale)
    if scale == int(scale):
        return size * int(scale)
    return computed(_product_in_floats, size, scale)


def _product_in_floats(size: int, scale: float) -> int:
    return int(size * scale)
