"""The modules of a model in a file: what is wrong with them is told in a line."""

from __future__ import annotations

from typing import Any

import pytest
from torch import nn

from costcalc.convert.data import from_data, to_data
from costcalc.convert.from_torch import from_torch
from costcalc.spec import CostcalcError


def data() -> dict[str, Any]:
    act = nn.ReLU()
    return to_data(from_torch(nn.Sequential(nn.Sequential(nn.Linear(4, 4), act), nn.Sequential(act)), (4,)))


def test_back_and_forth() -> None:
    graph = from_data(data())
    assert to_data(graph) == data()
    assert graph.held.times("0.1") == 2
    assert graph.held.first("1.0") == "0.1"
    assert graph.held.first("1.9") == "1.9"


def test_a_file_without_them_is_read() -> None:
    old = data()
    del old["modules"], old["called"]
    assert from_data(old).held.times("0.1") == 1


@pytest.mark.parametrize(
    ("place", "value", "problem"),
    [
        ((0, 2), {"0": 0}, "children that are listed after it"),
        ((0, 2), {"0": 99}, "children that are listed after it"),
        ((0, 2), {"0": True}, "children that are listed after it"),
        ((1, 0), "", "a path of its own"),
        ((1, 3), {"weight": "none.weight"}, "'none.weight' is not a weight of the network"),
        ((1, 4), {"weight": -1}, "numbers of elements that a mask leaves"),
        ((1, 5), 1, "is scripted, or not"),
    ],
)
def test_what_is_wrong(place: tuple[int, int], value: Any, problem: str) -> None:
    broken = data()
    broken["modules"][place[0]][place[1]] = value
    with pytest.raises(CostcalcError, match=problem):
        from_data(broken)


def test_calls_of_no_module() -> None:
    with pytest.raises(CostcalcError, match="expected numbers of its modules"):
        from_data({**data(), "called": [99]})


def test_too_deep() -> None:
    """A chain of 300 modules."""
    chain = [["" if i == 0 else f"m{i}", "", {"x": i + 1} if i < 300 else {}, {}, {}, False] for i in range(301)]
    with pytest.raises(CostcalcError, match="nested more than 200 deep"):
        from_data({**data(), "modules": chain, "called": []})
