"""Rules for operations of libraries, which are no ops of their own here: mult-adds from the shapes of the arguments."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from costcalc.spec import Count, product


def deform_conv2d(input: Any, weight: Any, offset: Any) -> Count:
    """A convolution at moved positions. Interpolation between them is zero by convention.

    input (N, C, H, W), weight (C_out, C / groups, k_h, k_w), offset (N, 2 · k_h · k_w · offset groups, H_out, W_out).
    """
    width, *window = weight
    return product(N=input[0], C_out=width, positions=prod(offset[2:]), window=prod(window))


KNOWN: dict[str, Callable[..., Count]] = {"torchvision::deform_conv2d": deform_conv2d}
"""By the operation's name."""
