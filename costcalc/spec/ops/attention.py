"""Attention."""

from __future__ import annotations

from typing import Any

from costcalc.spec.count import Count
from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts, Operand, TorchCall, gradients_of_product
from costcalc.spec.saves import Extra, Saves
from costcalc.spec.shapes import Shape, leading_names, text
from costcalc.spec.sizes import agree, decided, divides, equal, holds, known, unequal
from costcalc.spec.trace import op, op_of_many

__all__ = ["multi_head_attention", "scaled_dot_product_attention"]


@op_of_many(composite=True)
def scaled_dot_product_attention(xs: tuple[Shape, ...], *, causal: bool = False) -> Facts:
    """Queries (N, ..., L, E), keys (N, ..., S, E), values (N, ..., S, E_v), and a mask or none -> (N, ..., L, E_v).

    ``softmax(q · kᵀ / sqrt(E)) · v`` (Vaswani et al. 2017, eq. 1). Mult-adds, of both products:
    ``N · heads · L · S · E + N · heads · L · S · E_v``, the same with `causal`, which masks about half of them. There
    may be fewer heads of keys and values, each shared by several heads of queries (Ainslie et al. 2023). Gradients: of
    both factors of both products; the scores that a fused kernel computes again are not counted (Chowdhery et al. 2022,
    appendix B, leave out what is computed again).

    Raises SpecError if there are not three inputs of at least three axes, or their sizes do not match.
    """
    if len(xs) not in (3, 4) or min(len(x) for x in xs[:3]) < 3:
        raise SpecError("scaled_dot_product_attention needs queries, keys and values, of at least three axes each")
    q, k, v = xs[:3]
    grouped = len(q) == len(k) == 4 and decided(unequal(q[1], k[1])) and divides(k[1], q[1])
    leading = agree(q[:1], k[:1]) if grouped else agree(q[:-2], k[:-2])
    if not (leading and agree(k[:-1], v[:-1]) and holds(equal(q[-1], k[-1]))):
        raise SpecError(
            f"queries {text(q)}, keys {text(k)} and values {text(v)} must be (..., L, E), (..., S, E) and (..., S, E_v)"
        )
    names = ("N", "heads") if len(q) == 4 else leading_names(len(q) - 2)
    sizes = (*q[:-1], k[-2])
    scores, weighted = (
        Count(((*names, "L", "S", "E"), (*sizes, q[-1]))),
        Count(((*names, "L", "S", "E_v"), (*sizes, v[-1]))),
    )
    masked = (3,) if len(xs) == 4 else ()
    return Facts(
        outputs=((*q[:-1], v[-1]),),
        macs=scores + weighted,
        gradients=(
            *gradients_of_product(scores, (0,), (1,)),
            *gradients_of_product(weighted, (0, 1, *masked), (2,)),
        ),
        settings={"causal": causal},
        beside=(Extra(q[:-1], "float32"),)
        if len(q) == 4
        else (),  # of the CPU's kernel: log of the sums of exponentials
        saves=Saves(tuple(range(len(xs))), (0,), beside=True) if len(q) == 4 else None,
        torch=TorchCall(
            "torch.nn.functional.scaled_dot_product_attention",
            {"is_causal": causal, **({"enable_gqa": True} if grouped else {})},
        ),
    )


@op
def multi_head_attention(
    x: Shape, *, heads: int, bias: bool = True, dropout: float = 0.0, need_weights: bool = False
) -> Facts:
    """(N, L, D) -> (N, L, D): self-attention, with projections before and after it (Vaswani et al. 2017, §3.2.2).

    Mult-adds: queries, keys and values ``N · L · D · 3D``; the two products ``N · heads · L · L · (D / heads)``
    each; the projection after them ``N · L · D · D``; biases left out.

    torch's MultiheadAttention with batch_first. With `need_weights` torch computes the attention
    weights, which are not an output here, without its fused kernel; some tools then count differently.

    Raises SpecError if the input does not have three axes, or the heads do not divide the width.
    """
    if len(x) != 3:
        raise SpecError("multi_head_attention needs an input of shape N, positions, features")
    n, length, width = x
    if not known(heads) or heads < 1 or not divides(heads, width):
        raise SpecError(f"heads={heads!r} must divide the {width} features")
    if not 0 <= dropout <= 1:
        raise SpecError(f"dropout={dropout} must be a probability, from 0 to 1")
    before = Count((("N", "L", "D", "3D"), (n, length, width, 3 * width)))
    product = Count((("N", "heads", "L", "L", "d"), (n, heads, length, length, width // heads)))
    after = Count((("N", "L", "D", "D"), (n, length, width, width)))
    weights: dict[str, Shape] = {"in_proj_weight": (3 * width, width)}
    if bias:
        weights["in_proj_bias"] = (3 * width,)
    weights["out_proj.weight"] = (width, width)
    if bias:
        weights["out_proj.bias"] = (width,)
    projected: tuple[Operand, ...] = (0, "in_proj_weight", *(("in_proj_bias",) if bias else ()))
    settings: dict[str, Any] = {"heads": heads, "bias": bias, "dropout": dropout, "need_weights": need_weights}
    return Facts(
        outputs=(x,),
        macs=before + product + product + after,
        gradients=(
            *gradients_of_product(before, (0,), ("in_proj_weight",)),
            *gradients_of_product(product, projected, projected),
            *gradients_of_product(product, projected, projected),
            *gradients_of_product(after, projected, ("out_proj.weight",)),
        ),
        weights=weights,
        settings=settings,
        saves=None if need_weights or dropout else _self_attention(x, heads),
        torch=TorchCall("SelfAttention", {"width": width, **settings}),
    )


def _self_attention(x: Shape, heads: int) -> Saves:
    """Saves of self-attention by the CPU's kernel: torch works on (L, N, D), which is a copy if N is more than 1.

    The projection's input; queries, keys and values in one tensor; the kernel's output and the logarithms of its sums.
    """
    n, length, width = x
    own = (Extra((n, length, 3 * width)), Extra(x), Extra((n, heads, length), "float32"))
    if known(n) and n == 1:
        return Saves((0,), extra=own)
    return Saves(extra=(*own, Extra(x)))
