"""Attention."""

from __future__ import annotations

from typing import Any

from costcalc.spec.count import Count
from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts, Operand, TorchCall, gradients_of_product
from costcalc.spec.numbers import larger
from costcalc.spec.saves import Extra, Saves
from costcalc.spec.shapes import Shape, leading_names, numel, text
from costcalc.spec.sizes import agree, decided, divides, equal, holds, known, unequal
from costcalc.spec.trace import op, op_of_many

__all__ = ["multi_head_attention", "scaled_dot_product_attention"]


@op_of_many(composite=True)
def scaled_dot_product_attention(xs: tuple[Shape, ...], *, causal: bool = False, dropout: float = 0.0) -> Facts:
    """Queries (N, ..., L, E), keys (N, ..., S, E), values (N, ..., S, E_v), and a mask or none -> (N, ..., L, E_v).

    ``softmax(q · kᵀ / sqrt(E)) · v`` (Vaswani et al. 2017, eq. 1). Mult-adds, of both products:
    ``N · heads · L · S · E + N · heads · L · S · E_v``, the same with `causal`, which masks about half of them. There
    may be fewer heads of keys and values, each shared by several heads of queries (Ainslie et al. 2023). Gradients: of
    both factors of both products; the scores that a fused kernel computes again are not counted (Chowdhery et al. 2022,
    appendix B, leave out what is computed again). With `dropout` of the weights the CPU runs the products.

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
    beside, saves = _by_products(q, k, v, causal or bool(masked)) if dropout else _by_kernel(q, len(xs))
    return Facts(
        outputs=((*q[:-1], v[-1]),),
        macs=scores + weighted,
        gradients=(
            *gradients_of_product(scores, (0,), (1,)),
            *gradients_of_product(weighted, (0, 1, *masked), (2,)),
        ),
        settings={"causal": causal, **({"dropout": dropout} if dropout else {})},
        beside=beside,
        saves=saves,
        torch=TorchCall(
            "torch.nn.functional.scaled_dot_product_attention",
            {
                "is_causal": causal,
                **({"enable_gqa": True} if grouped else {}),
                **({"dropout_p": dropout} if dropout else {}),
            },
        ),
    )


def _by_kernel(q: Shape, inputs: int) -> tuple[tuple[Extra, ...], Saves | None]:
    """What the CPU's kernel makes beside the output, the logarithms of its sums, and what is saved."""
    if len(q) not in (3, 4):  # the kernel takes no others
        return (), None
    return (Extra(q[:-1], "float32"),), Saves(tuple(range(inputs)), (0,), beside=True)


def _by_products(q: Shape, k: Shape, v: Shape, masked: bool) -> tuple[tuple[Extra, ...] | None, Saves]:
    """The same by products: scaled queries and keys; scores, what dropout multiplies them by, its result."""
    scores, out = Extra((*q[:-1], k[-2])), numel(q[:-1]) * v[-1]
    saves = Saves((2,), extra=(Extra(q), Extra(k), scores, scores, scores))
    each = numel(scores.shape)
    most = numel(q) + each + larger(larger(numel(k), 2 * each), out)  # at the first product, at dropout, at the second
    return None if masked else (Extra((most - out,)),), saves


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
    fast = bias and heads % 2 == 0  # torch then runs it as one kernel, in eval mode without autograd
    weights_alone = (Extra((n, length, length)),) if need_weights else ()
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
        beside=weights_alone if fast else _beside(x, heads, need_weights, False),
        saves=_saves(x, heads, need_weights, False),
        train_beside=_beside(x, heads, need_weights, dropout > 0),
        train_saves=_saves(x, heads, need_weights, dropout > 0),
        torch=TorchCall("SelfAttention", {"width": width, **settings}),
    )


def _saves(x: Shape, heads: int, need_weights: bool, dropped: bool) -> Saves:
    """Saves of self-attention on the CPU: torch works on (L, N, D), which is a copy if N is more than 1.

    The projection's input; queries, keys and values in one tensor; what the products keep; the input of the last
    projection. The fused kernel keeps logarithms of its sums. Otherwise scaled queries, and with dropout but without
    weights scaled keys; the scores after softmax; with dropout what it multiplies them by, and its result.
    """
    n, length, width = x
    scores = Extra((n, heads, length, length))
    if need_weights:
        inside = (Extra(x), scores, *((scores,) * 2 if dropped else ()))
    elif dropped:
        inside = (Extra(x), Extra(x), scores, scores, scores)
    else:
        inside = (Extra((n, heads, length), "float32"),)
    own = (Extra((n, length, 3 * width)), *inside, Extra(x))
    copied = () if known(n) and n == 1 else (Extra(x),)
    return Saves(() if copied else (0,), extra=(*own, *copied), trained=True)


def _beside(x: Shape, heads: int, need_weights: bool, dropped: bool) -> tuple[Extra, ...]:
    """The most bytes alive beside the output of self-attention, outside of the fused layer.

    Of D = N · L · width elements: the projection, 3 · D, and its copy. Otherwise what the products keep, with the
    scores and what softmax, or dropout, makes of them; with weights also the last projection beside the scores.
    """
    n, length, width = x
    d, scores = n * length * width, n * heads * length * length
    most = 6 * d
    if need_weights or dropped:
        most = larger(most, (3 if need_weights else 4) * d + (3 if dropped else 2) * scores)
    if need_weights:
        most = larger(most, 4 * d + scores + larger(d, n * length * length))  # the last projection, then their mean
    return (Extra((most - d,)),)
