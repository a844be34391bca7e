"""Shapes, and the only spatial arithmetic in the project.

A shape is a tuple with the batch axis first, as in torch: ``(N, C, H, W)``, ``(N, L, D)``. Rules compute sizes with
``+ - * // %`` and ask about them through `costcalc.spec.sizes`, so that they may also be arrays and symbols.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from costcalc.spec import arguments, numbers
from costcalc.spec.errors import SpecError
from costcalc.spec.numbers import larger
from costcalc.spec.sizes import Shape as Shape
from costcalc.spec.sizes import holds, known

Size = Any
"""The size of one axis: an int, an array of ints or a symbol (see `arguments.size`)."""

Sizes = int | Sequence[int]
"""A setting: one number for all spatial axes, or one per axis."""

MOST_AXES = 64
"""Largest number of axes of a tensor, as in torch."""

Padding = Sizes | Literal["same"]

AXES = {0: (), 1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
"""Names of the spatial axes, by their number."""


def joined(sizes: Iterable[Any]) -> str:
    """``(3, 224, 224)`` -> ``3x224x224``."""
    return "x".join(map(str, sizes))


def text(shape: Shape) -> str:
    """``(1, 64, 112, 112)`` -> ``64x112x112``; a batch other than 1 is shown: ``20x64x112x112``."""
    return joined(shape[1:] if len(shape) > 1 and known(shape[0]) and shape[0] == 1 else shape)


def numel(shape: Sequence[Any]) -> Any:
    """The number of elements in a tensor of this shape."""
    return numbers.product(shape)


def leading_names(axes: int) -> tuple[str, ...]:
    """Names of leading axes, the batch first: ``("N", "B_1", "B_2")``."""
    return tuple(f"B_{i}" if i else "N" for i in range(axes))


def spatial(x: Shape, op: str) -> tuple[Any, ...]:
    """The spatial axes of ``(N, C, ...)``.

    Raises SpecError if there are no spatial axes, or more than three.
    """
    if not 3 <= len(x) <= 5:
        raise SpecError(f"{op} needs an input of shape N, C and 1 to 3 spatial axes, not {len(x)} axes")
    return x[2:]


def per_axis(setting: str, value: Sizes, axes: int, least: int = 1) -> tuple[int, ...]:
    """One number per spatial axis.

    Raises SpecError if the setting has another length, is not an integer, or is less than `least`.
    """
    if not isinstance(value, list | tuple):
        return (arguments.integer(setting, value, least),) * axes
    if len(value) != axes:
        raise SpecError(f"{setting}={arguments.shown(value)} needs one number, or {axes}: one per spatial axis")
    return arguments.integers(setting, value, least)


IMAGE_SIDE = 20
"""A shape of three axes whose last two are at least as long may be an image without its batch axis."""


def kernel(k: Sizes, x: Shape) -> tuple[int, ...]:
    """The sides of a window on an input (N, C, *size).

    Raises SpecError for one number on a single spatial axis of what may be an image without its batch axis: (3, 32, 32)
    would be 3 inputs of 32 channels and 32 positions.
    """
    axes = len(x) - 2
    if axes == 1 and not isinstance(k, list | tuple) and all(known(n) and n >= IMAGE_SIDE for n in x[1:]):
        side = arguments.shown(k)
        raise SpecError(
            f"shapes have the batch axis first: give an image as ({', '.join(map(str, (1, *x)))}); "
            f"if {x[-1]} is a length, k={side} is k=({side},)"
        )
    return per_axis("k", k, axes)


def window(size: Any, k: int, stride: int, padding: int, dilation: int = 1, ceil: bool = False) -> Any:
    """The number of windows of `k` that fit along an axis of `size`, padded by `padding` on both sides.

    ``floor((size + 2·padding - dilation·(k-1) - 1) / stride) + 1``; with `ceil` the division rounds up,
    and, as in torch (``pooling_output_shape`` in ATen/native/Pool.h), the last window must start inside
    the input or the left padding. The result may be 0 or less: see `windows`.
    """
    reach = dilation * (k - 1) + 1
    inside = reach >= stride + padding  # the last window always starts inside
    if stride == 1 and (inside or not ceil):
        return size + (2 * padding - reach + 1)
    room = size + (2 * padding - reach)
    if not ceil:
        return room // stride + 1
    out = -(-room // stride) + 1
    if inside:
        return out
    starts = -(-(size + padding) // stride)
    return -larger(-out, -starts)


def same(size: Any, k: int, stride: int, dilation: int = 1) -> tuple[Any, Any]:
    """Padding before and after one axis so that ``ceil(size / stride)`` windows fit.

    The odd element goes after, as in TensorFlow ("SAME") and, at stride 1, in torch.
    """
    reach = dilation * (k - 1) + 1
    if stride == 1:  # for every size
        return (reach - 1) // 2, reach // 2
    out = -(-size // stride)
    total = (out - 1) * stride + reach - size
    if reach < stride:  # otherwise it is never under 0
        total = larger(total, 0)
    return total // 2, total - total // 2


def windows(
    size: Shape,
    k: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
    ceil: bool = False,
) -> Shape:
    """`window` along every spatial axis.

    Raises SpecError if a window is larger than its padded input, so that the output would be empty.
    """
    out = []
    for i, along in enumerate(size):
        n = window(along, k[i], stride[i], padding[i], dilation[i], ceil)
        if not holds(n >= 1):
            reach = dilation[i] * (k[i] - 1) + 1
            pads = f" padded by {padding[i]} on each side" if padding[i] else ""
            raise SpecError(
                f"the output shrinks to nothing: a window of {reach} is larger than the input of {along}{pads}"
            )
        out.append(n)
    return tuple(out)
