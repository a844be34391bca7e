"""Bottleneck: a convolution compared with a 1x1 reduction and the same convolution after it."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from costcalc.spec import CostcalcError, Graph, Tensor, conv, trace
from costcalc.spec.arguments import is_shape
from costcalc.spec.count import Count
from costcalc.spec.shapes import Shape


@dataclass(slots=True)
class Step:
    """One convolution: its weights (no bias) and its mult-adds."""

    name: str
    weights: int
    macs: Count


@dataclass(slots=True)
class Bottleneck:
    """`direct` is the convolution alone, `reduced` the two that replace it.

    pays_up_to  the largest width of the reduction for which the two cost less than the one (0: none)
    limit       the width at which both have the same cost, as (numerator, denominator)
    """

    direct: Step
    reduced: tuple[Step, Step]
    pays_up_to: int
    limit: tuple[int, int]


def bottleneck(x: Shape, out: int, kernel: int, reduce: int) -> Bottleneck:
    """The costs for an input of shape (C, H, W), `out` output channels, a square kernel and a reduction.

    Stride 1, padding that keeps the size, no bias: the arithmetic of Szegedy et al. 2015, section 4.
    Raises CostcalcError if the input is not (C, H, W), or a number is less than 1.
    """
    if not is_shape(x) or len(x) != 3 or not is_shape((out, kernel, reduce)):
        raise CostcalcError("bottleneck takes an input like 192x28x28, and out, kernel and reduce of 1 or more")

    def direct(t: Tensor) -> Tensor:
        return conv(t, f"{kernel}x{kernel}", out, k=kernel, padding="same", bias=False)

    def reduced(t: Tensor, width: int) -> Tensor:
        return direct(conv(t, "1x1 reduce", width, k=1, bias=False))

    one = trace(direct, (1, *x))
    two = trace(reduced, (1, *x), width=reduce)
    whole, per_width = _weights(one), _weights(trace(reduced, (1, *x), width=1))
    first, second = _steps(two)
    return Bottleneck(_steps(one)[0], (first, second), (whole - 1) // per_width, (whole, per_width))


def _weights(graph: Graph) -> int:
    return sum(prod(shape) for shape in graph.weights.values())


def _steps(graph: Graph) -> list[Step]:
    sizes = [prod(shape) for shape in graph.weights.values()]
    return [Step(n.name, size, n.facts.macs or Count()) for n, size in zip(graph.nodes, sizes, strict=True)]
