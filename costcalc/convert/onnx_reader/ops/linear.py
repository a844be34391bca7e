"""Products of matrices: fully connected layers if one is a weight."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.convert.onnx_reader.handlers import Call, handler
from costcalc.convert.onnx_reader.operands import Operand, PendingNode, Value, generic, view
from costcalc.spec import SpecError


@handler("Gemm")
def _gemm(call: Call) -> Sequence[Operand] | None:
    a, b, c = call.operand(0), call.operand(1), call.given(2)
    x = _turned(a) if call.attributes.get("transA", 0) else a
    turned = call.attributes.get("transB", 0)
    if len(a.shape) != 2 or len(b.shape) != 2:
        raise SpecError("it needs two matrices")
    if not b.name:
        return [_plus(PendingNode("matmul", [x, _turned(b) if turned else b]), c)]
    width = b.shape[0 if turned else 1]
    if c is not None and c.name and c.shape in ((width,), (1, width)):
        return [PendingNode("linear", [x], {"width": width}, [b, c])]
    return [_plus(PendingNode("linear", [x], {"width": width, "bias": False}, [b]), c)]


@handler("MatMul", "MatMulInteger", "QLinearMatMul")
def _matmul(call: Call) -> Sequence[Operand] | None:
    a, b = call.operand(0), call.operand(3 if call.op == "QLinearMatMul" else 1)
    if len(b.shape) == 2 and b.name and len(a.shape) > 1:
        return [PendingNode("linear", [a], {"width": b.shape[1], "bias": False}, [b])]
    if not a.shape or not b.shape:
        raise SpecError("it needs two inputs of at least one axis")
    x = view("row", a, (1, *a.shape)) if len(a.shape) == 1 else a
    y = view("column", b, (*b.shape, 1)) if len(b.shape) == 1 else b
    product = PendingNode("matmul", [x, y])
    shape = product.shape
    if y is not b:
        shape = shape[:-1]
    if x is not a:
        shape = (*shape[:-2], *shape[-1:]) if y is b else shape[:-1]
    return [product if shape == product.shape else view("squeeze", product, shape)]


def _turned(x: Value) -> PendingNode:
    return PendingNode("transpose", [x], {"axes": (1, 0)}, label="transpose")


def _plus(product: PendingNode, c: Value | None) -> PendingNode:
    """A product, plus `c` if there is one."""
    if c is None:
        return product
    added = generic("elementwise", "Add", [product, c], [product.shape])
    added.label = "add"
    return added
