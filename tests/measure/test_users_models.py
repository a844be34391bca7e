"""Each counting tool's total, params and numbers by module of models as people write them, computed == reported."""

from __future__ import annotations

from functools import cache

import pytest
from alone import alone
from counters import of_users
from users_sequences import TABLES


def unpredicted(op: str, *tools: str) -> list[str]:
    return [f"{tool}: not predicted: {op}" for tool in tools]


CALLS = ("calflops_flops", "calflops_macs", "fvcore", "torchprofile")
"""Tools that see an einsum, and not the products that torch makes of it."""

EXCEPT = {
    "einsum of a diagonal": unpredicted("einsum", *CALLS),
    "einsum of axes alone": unpredicted("einsum", *CALLS),
    "einsum of three": unpredicted("einsum", *CALLS),
    "no batch": unpredicted("linear", "calflops_flops", "calflops_macs", "fvcore", "ptflops", "thop", "torchprofile"),
    "torch.matmul a vector": ["fvcore fails: IndexError"],
    "@ a vector": ["fvcore fails: IndexError"],
    "F.interpolate by two": ["calflops_flops fails: TypeError", "calflops_macs fails: TypeError"],
    "grouped": ["torchprofile fails: AssertionError"],
}
"""Where a number is not predicted, which reports then say, and where a tool fails."""


@cache
def said(table: str) -> dict[str, list[list[str]]]:
    """The differences of all models of a table, in a process of its own: some tools leave torch patched."""
    return alone(of_users, table)


@pytest.mark.parametrize(("table", "name"), [(table, name) for table in TABLES for name in TABLES[table][1]])
def test_every_tool(table: str, name: str) -> None:
    one, two = said(table)[name]
    assert one == EXCEPT.get(name, [])
    assert two == ([] if name == "F.interpolate by two" else one)  # as many scales as inputs: calflops does not fail
