"""Attention."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.convert.onnx_reader.handlers import Call, handler
from costcalc.convert.onnx_reader.operands import Operand, PendingNode, Value, view
from costcalc.spec import SpecError


@handler("Attention")
def _attention(call: Call) -> Sequence[Operand | None] | None:
    """Inputs of three axes are split into heads. Fewer heads of keys and values are repeated. A mask costs nothing."""
    queries, past_k, past_v = call.operand(0), call.given(4), call.given(5)
    few = call.attributes.get("kv_num_heads")
    q = _heads(queries, call.attributes.get("q_num_heads"), "queries")
    k, v = _heads(call.operand(1), few, "keys"), _heads(call.operand(2), few, "values")
    if past_k is not None and past_v is not None:
        k, v = _after(past_k, k), _after(past_v, v)
    present = [k if isinstance(k, PendingNode) else None, v if isinstance(v, PendingNode) else None]
    settings = {"causal": bool(call.attributes.get("is_causal", 0))}
    product = PendingNode("scaled_dot_product_attention", [q, _repeated(k, q), _repeated(v, q)], settings)
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


def _after(past: Value, x: Operand) -> PendingNode:
    """Cached positions, followed by the new ones."""
    return PendingNode("concat", [past, x], {"axis": 2}, label="concat")


def _repeated(x: Operand, q: Operand) -> Operand:
    """Repeat the heads of keys or values for groups of query heads."""
    n, heads, *rest = x.shape
    if heads == q.shape[1]:
        return x
    if q.shape[1] % heads:
        raise SpecError(f"{heads} heads of keys or values for {q.shape[1]} of queries")
    return view("repeat", x, (n, q.shape[1], *rest))
