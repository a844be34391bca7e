"""Each counting tool's total, params and numbers by module of models as people write them, computed == reported."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import pytest
from alone import alone
from counters import differences
from users_models import IMAGE, IMAGES, SEQUENCE, SEQUENCES, VECTOR, VECTORS
from users_sequences import ATTENTION, RECURRENT

TABLES = {
    "vectors": (VECTOR, VECTORS),
    "sequences": (SEQUENCE, SEQUENCES),
    "images": (IMAGE, IMAGES),
    "recurrent": (SEQUENCE, RECURRENT),
    "attention": (SEQUENCE, ATTENTION),
}


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


def main(name: str) -> dict[str, Any]:
    """The differences of each model of a table, at a batch of 1 and of 2."""
    warnings.simplefilter("ignore")
    shape, models = TABLES[name]
    return {key: [differences(model.eval(), shape, batch) for batch in (1, 2)] for key, model in models.items()}


@pytest.fixture(scope="module")
def said() -> dict[str, dict[str, Any]]:
    """What `main` says of all tables, in a process of its own: some tools leave torch patched."""
    return dict(eval(alone(__file__, *TABLES).splitlines()[-1]))


@pytest.mark.parametrize(("table", "name"), [(table, name) for table in TABLES for name in TABLES[table][1]])
def test_every_tool(said: dict[str, dict[str, Any]], table: str, name: str) -> None:
    one, two = said[table][name]
    assert one == EXCEPT.get(name, [])
    assert two == ([] if name == "F.interpolate by two" else one)  # as many scales as inputs: calflops does not fail


if __name__ == "__main__":
    print({name: main(name) for name in sys.argv[1:]})
