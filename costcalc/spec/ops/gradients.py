"""Gradients that torch computes as one operation, in models whose forward pass takes derivatives.

All other gradients are products of matrices, elementwise, or moves. Networks written by hand do not need these ops.
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
def conv_backward(
    xs: tuple[Shape, ...], *, mask: Sequence[bool], groups: int = 1, transposed: bool = False
) -> Facts:
    """Gradient of a convolution's output, its input and its weight -> gradients of input, weight and bias.

    `mask` says which of the three are computed. Mult-adds: those of the convolution itself for the gradient of the
    input, and as many for that of the weight; that of the bias is a sum: none.

    Raises SpecError where the three shapes are not those of one convolution.
    """
    if len(xs) != 3 or len(mask) != 3 or not all(type(each) is bool for each in mask):
        raise SpecError("conv_backward needs the gradient of the output, the input, the weight, and a mask of three")
    grad, x, weight = xs
    if type(groups) is not int or groups < 1:
        raise SpecError(f"groups={groups!r} must be a positive integer")
    wide, narrow = (x, grad) if transposed else (grad, x)  # the weight's first axis is as long as the channels of `wide`
    fits = len(grad) == len(x) == len(weight) and grad[0] == x[0]
    if not fits or weight[0] != wide[1] or weight[1] * groups != narrow[1]:
        raise SpecError(f"{text(grad)}, {text(x)} and {text(weight)} are not the shapes of one convolution")
    names = (FACTORS_TRANSPOSED if transposed else FACTORS)[len(spatial(x, "conv_backward"))]
    term = names, (x[0], weight[0], *wide[2:], weight[1], *weight[2:])
    outputs = [shape for shape, wanted in zip((x, weight, (grad[1],)), mask, strict=True) if wanted]
    return Facts(
        outputs=tuple(outputs),
        macs=Count(*[term for wanted in mask[:2] if wanted]),
        settings={"mask": tuple(mask), "groups": groups, "transposed": transposed},
    )


@op_of_many
def attention_backward(xs: tuple[Shape, ...]) -> Facts:
    """Gradient of scaled dot product attention's output, queries, keys, values, and a mask or none -> gradients of q, k, v.

    Mult-adds of a fused kernel, which keeps no weights and computes ``q · kᵀ`` again: three products over E (that one,
    the gradients of q and k), two over E_v (the gradients of the weights and of v).

    Raises SpecError where the shapes are not those of one attention.
    """
    if len(xs) not in (4, 5) or any(len(x) != 4 for x in xs[:4]):
        raise SpecError("attention_backward needs a gradient, queries, keys and values, of four axes each")
    grad, q, k, v = xs[:4]
    if grad[:3] != q[:3] or k[:3] != v[:3] or q[3] != k[3] or grad[3] != v[3] or q[0] != k[0] or q[1] % k[1]:
        raise SpecError(f"{text(grad)}, {text(q)}, {text(k)} and {text(v)} are not the shapes of one attention")
    sizes = (*q[:3], k[2])
    e, e_v = (("N", "heads", "L", "S", name) for name in ("E", "E_v"))
    terms = [(e, (*sizes, q[3]))] * 3 + [(e_v, (*sizes, v[3]))] * 2
    return Facts(outputs=(q, k, v), macs=Count(*terms))
