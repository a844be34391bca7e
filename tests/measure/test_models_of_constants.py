"""Operations on constants, which cost nothing here, as each tool counts them; and pools without a batch axis."""

from __future__ import annotations

import json

import pytest
import torch
from alone import alone
from models_of_constants import CONSTANTS, said_of_constants, said_of_pools, with_buffers

from costcalc.analysis.cost import Cost
from costcalc.conventions import find
from costcalc.conventions.ledger import ledger
from costcalc.convert.data import from_data, to_data
from costcalc.convert.from_torch import from_torch
from costcalc.spec import CostcalcError, Run

LAYER = 6 * 8 * 8
"""Linear(8, 8) on (6, 8)."""

IMAGE = 3 * 8 * 8
OUT = 3 * 6 * 8
"""An image, and one of 6x8."""

COUNTS = {
    "mul of a buffer": {"ptflops": 8 * 8 + 8 + 48, "calflops_flops": 2 * LAYER + 48, "torchprofile": LAYER + 48},
    "layer_norm": {"fvcore": LAYER + 4 * 48, "torchprofile": LAYER, "calflops_flops": 2 * LAYER + 4 * 48},
    "layer_norm, affine": {"fvcore": LAYER + 5 * 48, "torchprofile": LAYER + 48},
    "softmax": {"ptflops": 8 * 8 + 8 + 48, "calflops_flops": 2 * LAYER + 48},
    "interpolate, bilinear": {"fvcore": LAYER + 4 * OUT, "torchprofile": LAYER + 4 * OUT},
    "grid_sample": {"fvcore": LAYER + 4 * OUT, "torchprofile": LAYER + 4 * OUT},
    "not needed by an output": {"torchprofile": LAYER, "calflops_flops": 2 * LAYER + 2 * 48},
}
"""ptflops divides the count of Linear's hook by the first size, 6: (8 · 8 + 8) per row."""


@pytest.mark.parametrize(("name", "tool"), [(name, tool) for name, counts in COUNTS.items() for tool in counts])
def test_by_hand(name: str, tool: str) -> None:
    graph = from_torch(with_buffers(CONSTANTS[name]).eval(), (6, 8), batch=None)
    assert find(tool).total(Run(graph)) == COUNTS[name][tool]
    assert Cost(graph).macs == LAYER
    lines = ledger(find(tool), Run(graph))
    assert LAYER + sum(line.difference for line in lines) == COUNTS[name][tool]


def test_every_tool_on_constants() -> None:
    assert {name: lines for name, lines in alone(said_of_constants).items() if lines} == {}


def test_every_tool_on_pools_without_a_batch_axis() -> None:
    assert {name: lines for name, lines in alone(said_of_pools).items() if lines} == {}


def test_they_are_not_layers() -> None:
    """The graph, and every cost, is that of the model without them."""
    plain = from_torch(with_buffers(lambda self: self.b).eval(), (6, 8))
    graph = from_torch(with_buffers(lambda self: soft(self.b)).eval(), (6, 8))
    assert [node.op for node in graph.nodes] == [node.op for node in plain.nodes]
    assert [len(node.noticed.constants) for node in graph.nodes if node.noticed.constants] == [1]


def soft(t: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.softmax(t, -1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"constants": 3}, "constants is a list"),
        ({"constants": [3]}, "is an object"),
        ({"constants": [{"name": "a", "op": "relu", "inputs": [[-1, 2]], "settings": {}, "weights": []}]}, "shape"),
        (
            {"constants": [{"name": "a", "op": "parameter", "inputs": [], "settings": {"shape": [2]}, "block": -1,
                            "weights": ["w"]}]},
            "has no weights",
        ),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong(change: dict[str, object], message: str) -> None:
    data = json.loads(json.dumps(to_data(from_torch(with_buffers(CONSTANTS["softmax"]).eval(), (6, 8)))))
    data["nodes"][-1].update(change)
    with pytest.raises(CostcalcError, match=message):
        from_data(data)
