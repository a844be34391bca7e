"""Ops of ONNX Runtime (com.microsoft): a layer together with the ops around it, and products with packed weights."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from costcalc.convert.onnx_reader.handlers import Call, handler
from costcalc.convert.onnx_reader.operands import Operand, PendingNode, Value, generic
from costcalc.convert.onnx_reader.ops.conv import conv
from costcalc.spec import SpecError


@handler("com.microsoft::FusedConv")
def _fused_conv(call: Call) -> Sequence[Operand] | None:
    """A convolution, plus a tensor if there is one, and an activation."""
    made: Operand = conv(call)
    other = call.given(3)
    if other is not None:
        made = _after("Add", [made, other])
    return [_after(str(call.attributes["activation"]), [made]) if "activation" in call.attributes else made]


@handler("com.microsoft::FusedMatMul")
def _fused_matmul(call: Call) -> Sequence[Operand] | None:
    """alpha · A · B, where transA and transB swap the last two axes of A and B before."""
    if call.attributes.get("transBatchA", 0) or call.attributes.get("transBatchB", 0):
        return None
    a, b = call.operand(0), call.operand(1)
    x = _swapped(a) if call.attributes.get("transA", 0) else a
    swap = call.attributes.get("transB", 0)
    if b.name and len(b.shape) == 2 and len(a.shape) > 1:
        return [PendingNode("linear", [x], {"width": b.shape[0 if swap else 1], "bias": False}, [b])]
    return [PendingNode("matmul", [x, _swapped(b) if swap else b])]


@handler("com.microsoft::MatMulNBits")
def _matmul_n_bits(call: Call) -> Sequence[Operand] | None:
    """A linear layer whose weights are packed: K · N of them, of 2 to 8 bits, in blocks with a scale each.

    As for any quantized weights, scales and zero points are not params.
    """
    x, packed, bias = call.operand(0), call.operand(1), call.given(5)
    k, n, block = (call.attribute(name) for name in ("K", "N", "block_size"))
    bits = call.attributes.get("bits", 4)
    if not (0 < k < 2**31 and 0 < n < 2**31 and 0 < block <= 2**16 and 2 <= bits <= 8):
        raise SpecError(f"weights of {k} x {n} in blocks of {block} with {bits} bits do not exist")
    if prod(packed.shape) != n * -(-k // block) * -(-block * bits // 8):
        raise SpecError(f"{packed.shape} are not the weights of {k} x {n} in blocks of {block} with {bits} bits")
    name = packed.sources[0].name if packed.sources else packed.name
    if not name or x.shape[-1:] != (k,):
        return None
    weights = [Value((n, k), packed.type, name=name, learned=True)]
    return [
        PendingNode(
            "linear", [x], {"width": n, "bias": bias is not None}, weights if bias is None else [*weights, bias]
        )
    ]


def _swapped(x: Value) -> PendingNode:
    *leading, rows, columns = range(len(x.shape))
    return PendingNode("transpose", [x], {"axes": (*leading, columns, rows)}, label="transpose")


def _after(name: str, inputs: Sequence[Operand]) -> PendingNode:
    """Arithmetic on the elements of a layer's output."""
    return generic("elementwise", name, inputs, [inputs[0].shape])
