"""Products of tensors: matmul and einsum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.spec.count import ZERO, Count
from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts, TorchCall, gradients_of_product
from costcalc.spec.saves import FACTORS
from costcalc.spec.shapes import Shape, leading_names, text
from costcalc.spec.sizes import equal, holds, together
from costcalc.spec.trace import op_of_many

__all__ = ["einsum", "matmul"]

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


@op_of_many
def matmul(xs: tuple[Shape, ...]) -> Facts:
    """(..., M, K) and (..., K, P) -> (..., M, P): the matrix product, broadcast over the leading axes.

    Mult-adds: ``leading axes of the output · M · K · P``.

    Raises SpecError unless there are two inputs of at least two axes whose sizes fit.
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
    macs = Count(((*leading_names(n), "M", "K", "P"), (*leading, a[-2], a[-1], b[-1])))
    return Facts(
        outputs=((*leading, a[-2], b[-1]),),
        macs=macs,
        gradients=gradients_of_product(macs, (0,), (1,)),
        torch=TorchCall("operator.matmul"),
        saves=FACTORS,
    )


@op_of_many(composite=True)
def einsum(xs: tuple[Shape, ...], *, equation: str) -> Facts:
    """One or two shapes -> the shape after the arrow: ``"bhid,bhjd->bhij"`` sums over d. "..." is any leading axes.

    Mult-adds: the product of the sizes of all letters. Zero by convention for one tensor, or without a sum.

    Raises SpecError for more than two tensors, a letter twice in one term, a sum over a letter of only one of two
    terms, and sizes that do not fit.
    """
    if len(xs) not in (1, 2):
        raise SpecError(f"einsum of {equation!r} needs one or two inputs and an equation")
    terms, out = subscripts(equation, xs)
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
    macs = ZERO if len(xs) == 1 or a & b <= kept else Count((tuple(sizes), tuple(sizes.values())))
    return Facts(
        outputs=(tuple(sizes[letter] for letter in out),),
        macs=macs,
        gradients=gradients_of_product(macs, (0,), (1,)) if macs.terms else (),
        settings={"equation": equation},
        torch=TorchCall("torch.einsum", {"equation": equation}, leading=True),
        aliases=(0,) if len(xs) == 1 and a <= kept else (),
        saves=FACTORS,
    )


def subscripts(equation: str, xs: Sequence[Shape]) -> tuple[list[list[str]], list[str]]:
    """The letters of each input's axes and of the output's. The axes of "..." are numbers, counted from the last.

    Raises SpecError unless there is one term per input, made of letters and at most one "...".
    """
    before, arrow, after = equation.replace(" ", "").partition("->")
    parts = before.split(",")
    if len(parts) != len(xs):
        raise SpecError(f"einsum of {equation!r} needs as many terms as inputs")
    if not all(set(part.replace("...", "", 1)) <= LETTERS for part in (*parts, after)):
        raise SpecError(f"einsum of {equation!r}: a term is made of the letters a to z and A to Z, and one '...'")
    if not arrow:  # all letters that occur once, in order
        once = sorted(letter for letter in set(before) & LETTERS if before.count(letter) == 1)
        after = ("..." if "..." in before else "") + "".join(once)
    more = [len(x) - len(part.replace("...", "")) if "..." in part else 0 for part, x in zip(parts, xs, strict=True)]

    def letters(part: str, leading: int) -> list[str]:
        start, dots, end = part.partition("...")
        return [*start, *(str(i) for i in range(leading, 0, -1) if dots), *end]

    return [letters(part, n) for part, n in zip(parts, more, strict=True)], letters(after, max(more))
