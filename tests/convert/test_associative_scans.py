"""torch's associative_scan, which combines rows by pairs, and switch, which chooses among several branches."""

from typing import Any

import pytest
import torch
from small_modules import costs, module
from torch import nn
from torch._higher_order_ops.associative_scan import associative_scan

from costcalc.convert.from_torch import from_torch

COMBINED = {7: 8, 8: 11}
"""How often n rows are combined: S(n) = ⌊n/2⌋ + S(⌊n/2⌋) + ⌊(n - 1)/2⌋, and S(1) = 0."""


@pytest.mark.parametrize("mode", ["pointwise", "generic"])
@pytest.mark.parametrize("rows", [7, 8])
def test_products_of_matrices(mode: str, rows: int) -> None:
    """A product of 4 x 4 matrices, 64 mult-adds, each time two rows are combined; then Linear(4, 4) on each of 4."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        made = associative_scan(lambda a, b: a @ b, x, 1, combine_mode=mode, reverse=rows == 8)
        return self.l(made[:, 0])

    graph = from_torch(module(forward, l=nn.Linear(4, 4)), (rows, 4, 4), batch=3)
    assert costs(graph) == (20, 3 * (COMBINED[rows] * 64 + 4 * 16), "complete")


@pytest.mark.parametrize("mode", ["pointwise", "generic"])
def test_the_result_has_the_form_of_the_input(mode: str) -> None:
    """A state space model: pairs of a decay and a state, here in a dict. Elementwise; then Linear(4, 4) on 7 rows."""

    def step(a: Any, b: Any) -> Any:
        return {"decay": a["decay"] * b["decay"], "state": a["state"] * b["decay"] + b["state"]}

    def forward(self: Any, x: torch.Tensor) -> Any:
        made = associative_scan(step, {"decay": x.sigmoid(), "state": x}, 1, combine_mode=mode)
        return self.l(made["state"])

    graph = from_torch(module(forward, l=nn.Linear(4, 4)), (7, 4))
    assert costs(graph) == (20, 7 * 16, "complete")
    assert graph.outputs[0].shape == (1, 7, 4)


def test_a_layer_in_the_step() -> None:
    """Linear(4, 4) is in the step, over the rows that are combined at once."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        return associative_scan(lambda a, b: self.l(a) + b, x, 1, combine_mode="generic")

    assert costs(from_torch(module(forward, l=nn.Linear(4, 4)), (8, 4))) == (20, COMBINED[8] * 16, "complete")


def test_the_largest_of_several_branches() -> None:
    """Of Linear(4, 4), Linear(4, 8) with its product back, and nothing, the second: 64. At a known index, its own."""
    switch = pytest.importorskip("torch._higher_order_ops.switch").switch

    def chosen(index: Any) -> nn.Module:
        def forward(self: Any, x: torch.Tensor) -> Any:
            branches = [lambda x: self.a(x), lambda x: self.b(x) @ self.b.weight, lambda x: x + 1]
            return switch(index(x), branches, (x,))

        return module(forward, a=nn.Linear(4, 4), b=nn.Linear(4, 8))

    graph = from_torch(chosen(lambda x: (x.sum() > 0).long()), (4,))
    assert costs(graph) == (60, 64, "complete")
    assert "of switch, the larger one" in graph.note
    for index, macs in ((0, 16), (torch.tensor(1), 64), (2, 0), (torch.tensor(9), 0)):
        graph = from_torch(chosen(lambda x, index=index: index), (4,))
        assert (costs(graph), graph.note) == ((60, macs, "complete"), "")
