"""Attention, and products in Einstein's notation."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from costcalc.convert.onnx_ops.calls import Call, handler
from costcalc.convert.onnx_ops.values import Operand, Use, Value, generic, view
from costcalc.spec import SpecError
from costcalc.spec.shapes import Shape


@handler("Attention")
def _attention(call: Call) -> Sequence[Operand | None] | None:
    """Three axes are split into heads; keys and values of fewer heads are repeated; a mask changes no product."""
    queries, past_k, past_v = call.operand(0), call.given(4), call.given(5)
    few = call.attributes.get("kv_num_heads")
    q = _heads(queries, call.attributes.get("q_num_heads"), "queries")
    k, v = _heads(call.operand(1), few, "keys"), _heads(call.operand(2), few, "values")
    if past_k is not None and past_v is not None:
        k, v = _after(past_k, k), _after(past_v, v)
    present = [k if isinstance(k, Use) else None, v if isinstance(v, Use) else None]
    settings = {"causal": bool(call.attributes.get("is_causal", 0))}
    product = Use("scaled_dot_product_attention", [q, _repeated(k, q), _repeated(v, q)], settings)
    n, heads, length, width = product.shape
    made: Operand = product if len(queries.shape) == 4 else view("merge", product, (n, length, heads * width))
    return [made, *present]


def _heads(x: Value, heads: int | None, what: str) -> Operand:
    """(N, L, heads · E) -> (N, heads, L, E)."""
    if len(x.shape) == 4:
        return x
    if len(x.shape) != 3 or not heads or x.shape[2] % heads:
        raise SpecError(f"{what} of {x.shape} are not of {heads} heads")
    return view("heads", x, (x.shape[0], heads, x.shape[1], x.shape[2] // heads))


def _after(past: Value, x: Operand) -> Use:
    """Positions of before, and those of now."""
    return Use("concat", [past, x], {"axis": 2}, label="concat")


def _repeated(x: Operand, q: Operand) -> Operand:
    """Each head of keys or values for several of queries."""
    n, heads, *rest = x.shape
    if heads == q.shape[1]:
        return x
    if q.shape[1] % heads:
        raise SpecError(f"{heads} heads of keys or values for {q.shape[1]} of queries")
    return view("repeat", x, (n, q.shape[1], *rest))


@handler("Einsum")
def _einsum(call: Call) -> Sequence[Operand] | None:
    """A product of two tensors that adds up over letters; None without such letters, for one tensor, or for more.

    Letters of both and of the output repeat the product, as a batch does; letters of one that is left out are summed
    before.
    """
    equation = "".join(call.attribute("equation").split())
    before, arrow, after = equation.partition("->")
    terms = before.split(",")
    if not arrow or "." in equation or len(terms) != 2 or len(call.present) != 2:
        return None
    a, b = terms
    sizes: dict[str, int] = {}
    for letters, x in zip(terms, call.present, strict=True):
        if len(set(letters)) != len(letters) or len(letters) != len(x.shape):
            return None
        for letter, size in zip(letters, x.shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                return None
    summed = [i for i in a if i in b and i not in after]
    if not summed or set(after) - {*a, *b} or len(set(after)) != len(after):
        return None
    together = [i for i in a if i in b and i in after]
    rows, columns = ([i for i in own if i in after and i not in other] for own, other in ((a, b), (b, a)))

    def along(letters: Sequence[str]) -> int:
        return prod(sizes[i] for i in letters)

    x, y = call.present
    left = _laid(x, a, [*together, *rows, *summed], (along(together), along(rows), along(summed)))
    right = _laid(y, b, [*together, *summed, *columns], (along(together), along(summed), along(columns)))
    product = Use("matmul", [left, right])
    return [view("out", product, tuple(sizes[i] for i in after))]


def _laid(x: Value, letters: str, kept: Sequence[str], shape: Shape) -> Operand:
    """The axes in that order, grouped; others are summed."""
    if sorted(letters) == sorted(kept):
        return view("axes", x, shape)
    total = generic("elementwise", "sum", [x], [shape])
    total.label = "sum"
    return total
