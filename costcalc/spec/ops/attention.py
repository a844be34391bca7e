"""Attention, and the products of two tensors that it is made of."""

from __future__ import annotations

from typing import Any

from costcalc.spec.count import ZERO, Count
from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts, TorchCall
from costcalc.spec.shapes import Shape, text
from costcalc.spec.sizes import agree, decided, divides, equal, holds, known, together, unequal
from costcalc.spec.trace import op, op_of_many

__all__ = ["einsum", "matmul", "multi_head_attention", "scaled_dot_product_attention"]


@op_of_many
def matmul(xs: tuple[Shape, ...]) -> Facts:
    """(..., M, K) and (..., K, P) -> (..., M, P): a matrix product for each index of the leading axes.

    Mult-adds: ``leading axes of the output · M · K · P``. Leading axes broadcast.

    Raises SpecError if there are not two inputs of at least two axes, or their sizes do not match.
    """
    if len(xs) != 2 or min(len(x) for x in xs) < 2:
        raise SpecError("matmul needs two inputs of at least two axes")
    a, b = xs
    if not holds(equal(a[-1], b[-2])):
        raise SpecError(f"the last axis of {text(a)} must have the size of the last but one of {text(b)}")
    n = max(len(a), len(b)) - 2
    before_a, before_b = ((1,) * (n + 2 - len(x)) + x[:-2] for x in (a, b))
    leading = tuple(map(together, before_a, before_b))
    if None in leading:
        raise SpecError(f"the leading axes of {text(a)} and {text(b)} must be equal, or 1")
    return Facts(
        outputs=((*leading, a[-2], b[-1]),),
        macs=Count(((*_names(n), "M", "K", "P"), (*leading, a[-2], a[-1], b[-1]))),
        torch=TorchCall("operator.matmul"),
    )


@op_of_many(composite=True)
def einsum(xs: tuple[Shape, ...], *, equation: str) -> Facts:
    """One or two shapes -> the shape after the arrow: ``"bhid,bhjd->bhij"``, summed over the axes missing there.

    Mult-adds: the product of the sizes of all axes; zero by convention without a sum, and for one shape. An ellipsis
    stands for leading axes.

    Raises SpecError if the equation does not have one or two inputs, if an axis of only one of two inputs is summed, if
    an axis is repeated in a term, or if sizes do not match.
    """
    if len(xs) not in (1, 2):
        raise SpecError(f"einsum of {equation!r} needs one or two inputs and an equation")
    terms, out = _axes(equation, xs)
    sizes: dict[str, Any] = {}
    for term, x in zip(terms, xs, strict=True):
        if len(term) != len(x) or len(set(term)) != len(term):
            raise SpecError(f"einsum of {equation!r}: {text(x)} needs one axis per letter, each letter once")
        for letter, size in zip(term, x, strict=True):
            if not holds(equal(sizes.setdefault(letter, size), size)):
                raise SpecError(f"einsum of {equation!r}: axis {letter} has sizes {sizes[letter]} and {size}")
    a, b, kept = set(terms[0]), set(terms[-1]), set(out)
    if len(kept) != len(out) or not kept <= a | b or not (a ^ b) <= kept:
        raise SpecError(f"einsum of {equation!r} is not a product of two tensors, summed over axes of both")
    return Facts(
        outputs=(tuple(sizes[letter] for letter in out),),
        macs=ZERO if len(xs) == 1 or a & b <= kept else Count((tuple(sizes), tuple(sizes.values()))),
        settings={"equation": equation},
        torch=TorchCall("torch.einsum", {"equation": equation}, leading=True),
        aliases=(0,) if len(xs) == 1 and a <= kept else (),
    )


def _axes(equation: str, xs: tuple[Shape, ...]) -> tuple[list[list[str]], list[str]]:
    """Letters of the axes of each input and of the output; axes of an ellipsis are numbered from the last."""
    before, arrow, after = equation.replace(" ", "").partition("->")
    parts = before.split(",")
    if len(parts) != len(xs):
        raise SpecError(f"einsum of {equation!r} needs as many terms as inputs")
    if not arrow:  # all letters that occur once, in order
        once = sorted(letter for letter in set(before) if letter.isalpha() and before.count(letter) == 1)
        after = ("..." if "..." in before else "") + "".join(once)
    more = [len(x) - len(part.replace("...", "")) if "..." in part else 0 for part, x in zip(parts, xs, strict=True)]

    def letters(part: str, leading: int) -> list[str]:
        start, dots, end = part.partition("...")
        return [*start, *(str(i) for i in range(leading, 0, -1) if dots), *end]

    return [letters(part, n) for part, n in zip(parts, more, strict=True)], letters(after, max(more))


@op_of_many(composite=True)
def scaled_dot_product_attention(xs: tuple[Shape, ...], *, causal: bool = False) -> Facts:
    """Queries (N, ..., L, E), keys (N, ..., S, E), values (N, ..., S, E_v), and a mask or none -> (N, ..., L, E_v).

    ``softmax(q · kᵀ / sqrt(E)) · v`` (Vaswani et al. 2017, eq. 1). Mult-adds, of both products:
    ``N · heads · L · S · E + N · heads · L · S · E_v``, the same with `causal`, which masks about half of them. There
    may be fewer heads of keys and values, each shared by several heads of queries (Ainslie et al. 2023).

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
    names = ("N", "heads") if len(q) == 4 else _names(len(q) - 2)
    sizes = (*q[:-1], k[-2])
    return Facts(
        outputs=((*q[:-1], v[-1]),),
        macs=Count(((*names, "L", "S", "E"), (*sizes, q[-1])), ((*names, "L", "S", "E_v"), (*sizes, v[-1]))),
        settings={"causal": causal},
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
