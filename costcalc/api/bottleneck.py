"""`costcalc.bottleneck`."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.analysis.bottleneck import bottleneck as compared
from costcalc.report.bottleneck_table import bottleneck_report
from costcalc.report.report import Report
from costcalc.spec.shapes import Shape


def bottleneck(
    x: Shape,
    out: int,
    kernel: int,
    reduce: int | Sequence[int] | None = None,
    *,
    expand: int | Sequence[int] | None = None,
    separable: bool = False,
    groups: int | Sequence[int] | None = None,
) -> Report:
    """Compare a convolution with what may replace it: params, mult-adds and receptive field.

        >>> bottleneck((192, 28, 28), 32, 5, reduce=[16, 32, 64])

    x          shape of the input, (C, H, W)
    out        output channels
    kernel     side of the square kernel
    reduce     widths of a 1x1 reduction before it. Without any variant: usual ones, and the largest that pays
    expand     inverted residual: 1x1 to so many times the channels, depthwise, 1x1
    separable  True adds a depthwise convolution and a 1x1
    groups     groups of the convolution, behind each reduction if there are any

    Raises CostcalcError for numbers that are not positive integers, and for groups that do not divide the channels.
    """
    return bottleneck_report(compared(x, out, kernel, reduce, expand=expand, separable=separable, groups=groups))
