"""Each counting tool on calls that a trace has as a whole (scripted functions), F.grid_sample, and constants."""

from __future__ import annotations

from functools import cache

import pytest
from alone import alone
from traced_models import MODELS, WAYS, differences_of_all, sampled

from costcalc.conventions import find
from costcalc.convert.data import from_data, to_data
from costcalc.convert.from_torch import from_torch
from costcalc.spec import Run


@cache
def reports() -> dict[str, list[list[str]]]:
    return alone(differences_of_all)


@pytest.mark.parametrize("name", MODELS)
def test_every_tool(name: str) -> None:
    assert reports()[name] == [[], []]


def test_tracing_tools_see_nothing_inside() -> None:
    """Linear(6, 4) is 24, and the 4·4 of the product inside are not in the trace; for torch they are."""
    graph = from_data(to_data(from_torch(*MODELS["scripted"])))
    assert [find(tool).total(Run(graph)) for tool in ("fvcore", "torchprofile")] == [24, 24]
    assert find("flopcounter").total(Run(graph)) == 2 * (24 + 4 * 4)


def test_products_of_constants() -> None:
    """Linear(8, 8), and 8 products of positions and slopes, which no input changes."""
    graph = from_torch(*MODELS["products of constants"])
    assert find("torchprofile").total(Run(graph)) == 8 * 8 + 8
    assert find("fvcore").total(Run(graph)) == 8 * 8


@pytest.mark.parametrize("mode", WAYS)
def test_grid_sample(mode: str) -> None:
    """A convolution of 8·8·3·3 mult-adds, and 0, 4 or 16 for each of 3·4·4 elements."""
    total = find("torchprofile").total(Run(from_torch(sampled(mode), (3, 8, 8))))
    assert total == 8 * 8 * 3 * 3 + WAYS[mode] * 3 * 4 * 4
