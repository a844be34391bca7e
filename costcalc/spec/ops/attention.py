"""Attention, and the product of two tensors that it is made of."""

from __future__ import annotations

from typing import Any

from costcalc.spec.count import Count
from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts, TorchCall
from costcalc.spec.shapes import Shape, text
from costcalc.spec.trace import op, op_of_many

__all__ = ["matmul", "multi_head_attention", "scaled_dot_product_attention"]


@op_of_many
def matmul(xs: tuple[Shape, ...]) -> Facts:
    """(..., M, K) and (..., K, P) -> (..., M, P): the product of two tensors, for each of the leading axes.

    Mult-adds: ``leading axes of the output · M · K · P``. Leading axes of size 1, or missing ones, repeat.

    Raises SpecError where there are not two inputs of at least two axes, or their sizes do not fit.
    """
    if len(xs) != 2 or min(len(x) for x in xs) < 2:
        raise SpecError("matmul needs two inputs of at least two axes")
    a, b = xs
    if a[-1] != b[-2]:
        raise SpecError(f"the last axis of {text(a)} must be as long as the last but one of {text(b)}")
    n = max(len(a), len(b)) - 2
    before_a, before_b = ((1,) * (n + 2 - len(x)) + x[:-2] for x in (a, b))
    if any(i != j and 1 not in (i, j) for i, j in zip(before_a, before_b, strict=True)):
        raise SpecError(f"the leading axes of {text(a)} and {text(b)} must be alike, or 1")
    leading = tuple(j if i == 1 else i for i, j in zip(before_a, before_b, strict=True))
    return Facts(
        outputs=((*leading, a[-2], b[-1]),),
        macs=Count(((*_names(n), "M", "K", "P"), (*leading, a[-2], a[-1], b[-1]))),
        torch=TorchCall("torch.matmul"),
    )


@op_of_many
def scaled_dot_product_attention(xs: tuple[Shape, ...], *, causal: bool = False) -> Facts:
    """Queries (N, ..., L, E), keys (N, ..., S, E), values (N, ..., S, E_v) -> (N, ..., L, E_v).

    ``softmax(q · kᵀ / sqrt(E)) · v`` (Vaswani et al. 2017, eq. 1). Mult-adds, of both products:
    ``N · heads · L · S · E + N · heads · L · S · E_v``, and no less with `causal`, which masks about half of them.

    Raises SpecError where there are not three inputs of at least three axes, or their sizes do not fit.
    """
    if len(xs) != 3 or min(len(x) for x in xs) < 3:
        raise SpecError("scaled_dot_product_attention needs queries, keys and values, of at least three axes each")
    q, k, v = xs
    if q[:-2] != k[:-2] or k[:-1] != v[:-1] or q[-1] != k[-1]:
        raise SpecError(
            f"queries {text(q)}, keys {text(k)} and values {text(v)} must be (..., L, E), (..., S, E) and (..., S, E_v)"
        )
    names = ("N", "heads") if len(q) == 4 else _names(len(q) - 2)
    sizes = (*q[:-1], k[-2])
    return Facts(
        outputs=((*q[:-1], v[-1]),),
        macs=Count(((*names, "L", "S", "E"), (*sizes, q[-1])), ((*names, "L", "S", "E_v"), (*sizes, v[-1]))),
        settings={"causal": causal},
        torch=TorchCall("torch.nn.functional.scaled_dot_product_attention", {"is_causal": causal}),
    )


@op
def multi_head_attention(
    x: Shape, *, heads: int, bias: bool = True, dropout: float = 0.0, need_weights: bool = False
) -> Facts:
    """(N, L, D) -> (N, L, D): self-attention, with projections before and after it (Vaswani et al. 2017, §3.2.2).

    Mult-adds: queries, keys and values ``N · L · D · 3D``; the two products ``N · heads · L · L · (D / heads)``
    each; the projection after them ``N · L · D · D``; biases left out.

    torch's MultiheadAttention with batch_first. `need_weights` makes torch compute the attention's weights, which
    are not put out here, so that it cannot take its fused kernel; some tools then count differently.

    Raises SpecError where the input has other axes, or the heads do not divide the width.
    """
    if len(x) != 3:
        raise SpecError("multi_head_attention needs an input of shape N, positions, features")
    n, length, width = x
    if type(heads) is not int or heads < 1 or width % heads:
        raise SpecError(f"heads={heads!r} must divide the {width} features")
    if not 0 <= dropout <= 1:
        raise SpecError(f"dropout={dropout} must be a share between 0 and 1")
    product = (("N", "heads", "L", "L", "d"), (n, heads, length, length, width // heads))
    weights: dict[str, Shape] = {"in_proj_weight": (3 * width, width)}
    if bias:
        weights["in_proj_bias"] = (3 * width,)
    weights["out_proj.weight"] = (width, width)
    if bias:
        weights["out_proj.bias"] = (width,)
    settings: dict[str, Any] = {"heads": heads, "bias": bias, "dropout": dropout, "need_weights": need_weights}
    return Facts(
        outputs=(x,),
        macs=Count(
            (("N", "L", "D", "3D"), (n, length, width, 3 * width)),
            product,
            product,
            (("N", "L", "D", "D"), (n, length, width, width)),
        ),
        weights=weights,
        settings=settings,
        torch=TorchCall("SelfAttention", {"width": width, **settings}),
    )


def _names(leading: int) -> tuple[str, ...]:
    """Names of the axes before the last two."""
    return tuple(f"B_{i}" if i else "N" for i in range(leading))
