"""Products in Einstein's notation."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from costcalc.convert.onnx_reader.handlers import Call, handler
from costcalc.convert.onnx_reader.operands import Operand, PendingNode, Value, generic, view
from costcalc.spec.shapes import Shape


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
    product = PendingNode("matmul", [left, right])
    return [view("out", product, tuple(sizes[i] for i in after))]


def _laid(x: Value, letters: str, kept: Sequence[str], shape: Shape) -> Operand:
    """The axes in that order, grouped; others are summed."""
    if sorted(letters) == sorted(kept):
        return view("axes", x, shape)
    total = generic("elementwise", "sum", [x], [shape])
    total.label = "sum"
    return total
