"""Limits on shapes."""

from __future__ import annotations

from math import prod

from costcalc.convert.plain import LARGEST
from costcalc.spec import CostcalcError
from costcalc.spec.shapes import MOST_AXES, Shape

MOST_ELEMENTS = 2**50


def checked(shape: Shape, what: str) -> Shape:
    """The shape. Raises CostcalcError, which names `what` has that shape, if it is empty or too large."""
    if 0 in bounded(shape, what):
        raise CostcalcError(f"{what} has an axis of 0: sizes are integers from 1 to 2^40")
    return shape


def bounded(shape: Shape, what: str) -> Shape:
    """As `checked`, for a tensor that may be empty."""
    if len(shape) > MOST_AXES:
        raise CostcalcError(f"{what} is too large: {len(shape)} axes")
    for size in shape:
        if not 0 <= size <= LARGEST:
            raise CostcalcError(f"{what} has an axis of {size}: sizes are integers from 1 to 2^40")
    if prod(shape) > MOST_ELEMENTS:
        raise CostcalcError(f"{what} is too large: {len(shape)} axes, {prod(shape)} elements")
    return shape
