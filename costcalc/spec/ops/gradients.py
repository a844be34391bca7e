"""Gradients that torch computes as one operation, in models whose forward pass takes derivatives.

All other gradients are matrix products, elementwise ops, or moves. Networks written by hand do not need these ops.
"""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.spec.count import Count
from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts
from costcalc.spec.ops.conv import FACTORS, FACTORS_TRANSPOSED
from costcalc.spec.shapes import Shape, spatial, text
from costcalc.spec.trace import op_of_many

__all__: list[str] = []


@op_of_many
def conv_backward(xs: tuple[Shape, ...], *, mask: Sequence[bool], groups: int = 1, transposed: bool = False) -> Facts:
    """Gradient of a convolution's output, its input and its weight -> gradients of input, weight and bias.

    `mask` selects which of the three are computed. Mult-adds: as many as the convolution itself for the gradient of
    the input, and as many for that of the weight; zero for that of the bias, a sum.

    Raises SpecError if the three shapes are not those of one convolution.
    """
    if len(xs) != 3 or len(mask) != 3 or not all(type(each) is bool for each in mask):
        raise SpecError("conv_backward needs the gradient of the output, the input, the weight, and a mask of three")
    if type(groups) is not int or groups < 1:
        raise SpecError(f"groups={groups!r} must be a positive integer")
    grad, x, weight = xs
    axes = len(spatial(x, "conv_backward"))
    first, second = (x, grad) if transposed else (grad, x)  # whose channels are the weight's first axis, and its second
    fits = {len(shape) for shape in xs} == {axes + 2} and grad[0] == x[0]
    if not fits or (first[1], second[1]) != (weight[0], weight[1] * groups):
        raise SpecError(f"{text(grad)}, {text(x)} and {text(weight)} are not the shapes of one convolution")
    names = (FACTORS_TRANSPOSED if transposed else FACTORS)[axes]
    term = names, (x[0], weight[0], *first[2:], *weight[1:])
    return Facts(
        outputs=tuple([shape for shape, wanted in zip((x, weight, (grad[1],)), mask, strict=True) if wanted]),
        macs=Count(*[term for wanted in mask[:2] if wanted]),
        settings={"mask": tuple(mask), "groups": groups, "transposed": transposed},
    )


@op_of_many
def attention_backward(xs: tuple[Shape, ...]) -> Facts:
    """Gradient of an attention's output (N, heads, L, E_v), queries, keys, values -> gradients of these three.

    Mult-adds of a fused kernel, which does not keep the attention weights: three products over E (``q · kᵀ`` again, the
    gradients of q and k) and two over E_v (the gradients of the weights and of v), ``N · heads · L · S`` each.

    Raises SpecError if the four shapes are not those of one scaled_dot_product_attention.
    """
    if len(xs) != 4 or any(len(x) != 4 for x in xs):
        raise SpecError("attention_backward needs a gradient, queries, keys and values, of four axes each")
    grad, q, k, v = xs
    fits = grad == (*q[:3], v[3]) and v[:3] == k[:3] and k[0] == q[0] and k[3] == q[3]
    if not fits or not k[1] or q[1] % k[1]:
        raise SpecError(f"{', '.join(map(text, xs))} are not the shapes of one attention")
    names, sizes = ("N", "heads", "L", "S"), (*q[:3], k[2])
    over_e, over_v = ((*names, "E"), (*sizes, q[3])), ((*names, "E_v"), (*sizes, v[3]))
    return Facts(outputs=(q, k, v), macs=Count(over_e, over_e, over_e, over_v, over_v))
