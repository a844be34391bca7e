"""Products in Einstein's notation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import groupby

from costcalc.convert.onnx_reader.handlers import Call, handler
from costcalc.convert.onnx_reader.operands import Operand, PendingNode, Value, generic, view
from costcalc.spec import SpecError
from costcalc.spec.ops.products import subscripts


@handler("Einsum")
def _einsum(call: Call) -> Sequence[Operand]:
    """The op einsum. Diagonals, and sums over a letter of only one of two terms, become nodes before it."""
    terms, out = subscripts(call.attribute("equation"), [x.shape for x in call.present])
    uses = Counter(letter for term in terms for letter in set(term))
    alone = {letter for letter, count in uses.items() if count < len(terms)} - set(out)
    inputs, kept = zip(*[_reduced(x, term, alone) for x, term in zip(call.present, terms, strict=True)], strict=True)
    return [PendingNode("einsum", inputs, {"equation": f"{','.join(map(_term, kept))}->{_term(out)}"})]


def _reduced(x: Value, term: Sequence[str], alone: Collection[str]) -> tuple[Operand, Sequence[str]]:
    """An input with one axis per letter of its term, and these letters, without those that it is summed over."""
    sizes = dict(zip(term, x.shape, strict=False))
    if len(term) != len(x.shape) or any(sizes[letter] != size for letter, size in zip(term, x.shape, strict=True)):
        raise SpecError(f"the axes of {x.shape} do not fit the term {_term(term)!r}")
    found: Operand = x
    if len(sizes) < len(term):
        found = view("diagonal", x, tuple(sizes.values()))
    kept = [letter for letter in sizes if letter not in alone]
    if len(kept) < len(sizes):
        found = generic("elementwise", "sum", [found], [tuple(sizes[letter] for letter in kept)])
        found.label = "sum"
    return found, kept


def _term(letters: Sequence[str]) -> str:
    """The term of an equation: the numbers of the axes of "..." become "..." again."""
    return "".join("..." if dots else "".join(group) for dots, group in groupby(letters, str.isdigit))
