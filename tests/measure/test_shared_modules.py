"""Each counting tool on modules in several places: its total, params and numbers by module, computed == reported."""

from __future__ import annotations

from functools import cache

import pytest
from alone import alone
from shared_modules import MODELS, differences_of_all, two
from torch import nn

from costcalc.conventions import find
from costcalc.convert.from_torch import from_torch
from costcalc.measure.subject import Subject
from costcalc.measure.verify import available_tools, verify
from costcalc.spec import Run
from costcalc.spec.request import Request


@cache
def reports() -> dict[str, list[list[str]]]:
    return alone(differences_of_all)


@pytest.mark.parametrize("name", MODELS)
def test_every_tool(name: str) -> None:
    assert reports()[name] == [[], []]


def test_a_shared_linear_layer_by_hand() -> None:
    """Linear(6, 6), of 42 params, in two blocks, and Linear(6, 3), of 21. thop hooks the former twice, at two calls."""
    run = Run(from_torch(two(nn.ReLU(), shared=True), (6,)))
    assert find("thop").total(run) == 2 * 2 * (2 * 36) + 18
    assert find("thop").params(run) == 2 * 42 + 21
    assert find("calflops_macs").total(run) == 2 * (2 * 36) + 18


def test_verify_of_one_layer() -> None:
    """16·4 weights and 4 biases. The module of its only layer is the model itself."""
    graph = from_torch(nn.Linear(16, 4), (10, 16))
    request = Request("torch.nn:Linear", args={"in_features": 16, "out_features": 4}, input=(10, 16))
    verdict = verify(Subject(graph, request), tools=available_tools())
    assert verdict.ok
    assert not verdict.cannot_run
    assert next(check.reported for check in verdict.checks if check.quantity == "params") == 16 * 4 + 4
