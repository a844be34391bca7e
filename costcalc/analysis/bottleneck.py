"""Bottleneck: a convolution compared with what may replace it: a 1x1 reduction before it, groups, depthwise steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from costcalc.spec import CostcalcError, Tensor, arguments, conv, trace
from costcalc.spec.arguments import is_shape
from costcalc.spec.count import Count
from costcalc.spec.facts import Window
from costcalc.spec.shapes import Shape

if TYPE_CHECKING:
    pass

USUAL = (8, 4, 2)
"""Usual reductions: the input channels divided by each of these."""


@dataclass(slots=True)
class Step:
    """One convolution: its weights (no bias) and its mult-adds."""

    name: str
    weights: int
    macs: Count


@dataclass(slots=True)
class Variant:
    """Convolutions, one after the other, from the same input to the same output.

    name             ``direct``, ``reduce 16``, ``expand 6``, ``separable``, ``4 groups``
    receptive_field  side of the square of the input that an output position depends on
    """

    name: str
    steps: tuple[Step, ...]
    receptive_field: int

    @property
    def params(self) -> int:
        """Weights of all its convolutions."""
        return sum(step.weights for step in self.steps)

    @property
    def macs(self) -> int:
        """Mult-adds of all its convolutions."""
        total: int = sum(step.macs.value for step in self.steps)
        return total


@dataclass(slots=True)
class Pays:
    """The largest width of a reduction that saves mult-adds, if the convolution after it has these groups.

    up_to  the largest width, a multiple of the groups, at which the two cost less than the direct convolution; 0: none
    limit  the width at which both would cost the same, as (numerator, denominator)
    """

    groups: int
    up_to: int
    limit: tuple[int, int]


@dataclass(slots=True)
class Bottleneck:
    """A direct convolution, its variants, and the widths up to which a reduction pays, by groups."""

    x: Shape
    out: int
    kernel: int
    direct: Variant
    variants: tuple[Variant, ...]
    pays: tuple[Pays, ...]

    @property
    def pays_up_to(self) -> int:
        """The largest width of a reduction that saves mult-adds, with the first of the groups; 0: none."""
        return self.pays[0].up_to


def bottleneck(
    x: Shape,
    out: int,
    kernel: int,
    reduce: int | Sequence[int] | None = None,
    *,
    expand: int | Sequence[int] | None = None,
    separable: bool = False,
    groups: int | Sequence[int] | None = None,
) -> Bottleneck:
    """A convolution from an input of shape (C, H, W) to `out` channels with a square kernel, and its variants.

        bottleneck((192, 28, 28), out=32, kernel=5, reduce=[16, 32, 64])

    reduce     widths of a 1x1 reduction before the convolution (Szegedy et al. 2015, section 4)
    expand     expansion factors of an inverted residual: 1x1 to that many times C, depthwise, 1x1 to `out` (Sandler et
               al. 2018, Table 1); without the first 1x1 if the factor is 1
    separable  a depthwise convolution and a 1x1 (Howard et al. 2017, section 3.1)
    groups     groups of the convolution behind each reduction; without `reduce`, of the convolution alone

    Without any of these: reductions to an eighth, a quarter and half of C, and to the largest width that pays.
    Stride 1, padding that keeps the size, no biases. Raises CostcalcError if the input is not (C, H, W), a number is
    less than 1, or groups do not divide the channels.
    """
    if not is_shape(x) or len(x) != 3 or not is_shape((out, kernel)):
        raise CostcalcError("bottleneck takes an input like 192x28x28, and out, kernel and reduce of 1 or more")
    widths, factors = _numbers("reduce", reduce), _numbers("expand", expand)
    grouped = _numbers("groups", groups) or (1,)
    wrong = next((g for g in grouped if out % g), None)
    if wrong is not None:
        raise CostcalcError(f"groups={wrong} must divide the {out} output channels")
    layer = _Layer(tuple(map(int, x)), int(out), int(kernel))
    direct = layer.variant("direct", layer.direct)
    pays = tuple(_pays(layer, direct, g) for g in grouped)
    separable = arguments.flag("separable", separable)
    if not (widths or factors or separable or max(grouped) > 1):
        usual = {x[0] // part for part in USUAL} | {pays[0].up_to}
        widths = tuple(sorted(width for width in usual if width))
    found = []
    for g in grouped:
        of = f", {g} groups" if g > 1 else ""
        found += [layer.variant(f"reduce {width}{of}", layer.reduced, width=width, groups=g) for width in widths]
        if g > 1 and not widths:
            found.append(layer.variant(f"{g} groups", layer.direct, groups=g))
    found += [layer.variant(f"expand {factor}", layer.expanded, factor=factor) for factor in factors]
    if separable:
        found.append(layer.variant("separable", layer.separated))
    return Bottleneck(layer.x, layer.out, layer.kernel, direct, tuple(found), pays)


class _Layer(NamedTuple):
    """Input shape, output channels and kernel of the convolution; each method builds one of its variants."""

    x: Shape
    out: int
    kernel: int

    def direct(self, t: Tensor, groups: int = 1) -> Tensor:
        name = f"{self.side} in {groups} groups" if groups > 1 else self.side
        return conv(t, name, self.out, k=self.kernel, padding="same", groups=groups, bias=False)

    def reduced(self, t: Tensor, width: int, groups: int) -> Tensor:
        return self.direct(conv(t, "1x1 reduce", width, k=1, bias=False), groups)

    def separated(self, t: Tensor) -> Tensor:
        width = t.shape[1]
        t = conv(t, f"{self.side} depthwise", width, k=self.kernel, padding="same", groups=width, bias=False)
        return conv(t, "1x1 project", self.out, k=1, bias=False)

    def expanded(self, t: Tensor, factor: int) -> Tensor:
        return self.separated(conv(t, "1x1 expand", factor * t.shape[1], k=1, bias=False) if factor > 1 else t)

    @property
    def side(self) -> str:
        return f"{self.kernel}x{self.kernel}"

    def variant(self, name: str, build: Callable[..., Tensor], **settings: Any) -> Variant:
        graph = trace(build, (1, *self.x), **settings)
        sizes = [prod(shape) for shape in graph.weights.values()]
        steps = [Step(n.name, size, n.facts.macs or Count()) for n, size in zip(graph.nodes, sizes, strict=True)]
        found = (node.facts.window for node in graph.nodes)
        reach = sum(window.kernel[0] - 1 for window in found if isinstance(window, Window))  # of stride 1
        return Variant(name, tuple(steps), 1 + reach)


def _pays(layer: _Layer, direct: Variant, groups: int) -> Pays:
    """The largest multiple of the groups at which a reduction costs less than the direct convolution."""
    narrowest = layer.variant("", layer.reduced, width=groups, groups=groups).params
    whole, per_width = direct.params, narrowest // groups  # C + k·k·out / groups: groups divide out
    return Pays(groups, (whole - 1) // per_width // groups * groups, (whole, per_width))


def _numbers(name: str, value: Any) -> tuple[int, ...]:
    """One number of at least 1, or several: each once, in order. None: none."""
    if value is None:
        return ()
    several = value if isinstance(value, list | tuple | range) else (value,)
    return tuple(dict.fromkeys(arguments.integers(name, several, 1)))
