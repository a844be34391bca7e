"""Every tool's count of every op's example, of arrays and symbols: that of the integers, or a refusal that says why."""

from typing import Any

import numpy
import pytest
import sympy

from costcalc import conventions
from costcalc.conventions.examples import EXAMPLES
from costcalc.conventions.ledger import ledger
from costcalc.spec import CostcalcError, Run, Shape, trace

N, S = sympy.symbols("N S", integer=True, positive=True)
CONVENTIONS = [conventions.find(name) for name in conventions.names()]
PAIRS = ((1, 8), (2, 6), (5, 12))

ON_ONE = {
    *[(op, "ptflops_aten") for op in ("einsum", "gru", "multi_head_attention", "rnn")],
    *[("upsample", tool) for tool in ("calflops_flops", "calflops_macs")],
    *[("einsum", tool) for tool in ("flopcounter", "flopcounter_cuda")],
}
"""What torch runs, or whether the tool fails, depends on whether an axis is 1 long (a batch is 2, of `upsample`)."""

ONE_BY_ONE = {("upsample", "calflops_flops"), ("upsample", "calflops_macs")}
"""The tool fails at some sizes: then there is no number."""


def shapes(example: Shape, number: Any, size: Any) -> list[Shape]:
    """An input with the batch free, and one with the last axis free."""
    return [(number, *example), (3, *example[:-1], size)]


def numbers(tool: Any, run: Run) -> tuple[Any, Any] | str:
    """The tool's total and params, or its refusal."""
    try:
        return tool.total(run), tool.params(run)
    except CostcalcError as error:
        return str(error)


@pytest.mark.parametrize("tool", CONVENTIONS, ids=lambda tool: tool.name)
@pytest.mark.parametrize("op", EXAMPLES)
def test_arrays_and_symbols(op: str, tool: Any) -> None:
    example = EXAMPLES[op]

    def run(way: int, number: Any, size: Any) -> Run:
        return Run(trace(example.network, shapes(example.shape, number, size)[way]))

    for way in range(1 if op == "matmul" else 2):  # its example is of a square
        wanted = [numbers(tool, run(way, *pair)) for pair in PAIRS]
        arrays = run(way, *map(numpy.array, zip(*PAIRS, strict=True)))
        found = numbers(tool, arrays)
        if isinstance(found, str):
            assert (op, tool.name) in ONE_BY_ONE
            assert found.endswith(": give the sizes one by one")
        else:
            columns = [[one] * len(PAIRS) if isinstance(one, int) else one.tolist() for one in found]
            assert list(zip(*columns, strict=True)) == wanted
            macs = [node.facts.macs.value for node in arrays.graph.nodes if node.facts.macs]
            lines = sum([*macs, *(line.difference for line in ledger(tool, arrays))])
            assert tool.only_params or bool(lines == found[0])
        found = numbers(tool, run(way, N, S))
        if isinstance(found, str):
            assert (op, tool.name) in ON_ONE
            assert found.startswith(f"how {tool.name} counts layer '{op}': this depends on whether ")
            assert found.endswith(": give the sizes as numbers")
        else:
            given = [dict(zip((N, S), pair, strict=True)) for pair in PAIRS]
            assert [tuple(sympy.sympify(one).subs(each) for one in found) for each in given] == wanted
