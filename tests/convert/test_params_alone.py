"""A torch module without an input: its params alone, and no number for what only a pass tells."""

from pathlib import Path

import pytest
import torch
from command import run
from torch import nn

import costcalc
from costcalc.conventions import names
from costcalc.spec import CostcalcError


class Own(nn.Module):
    """A class token, a frozen layer, a layer used under two names, and statistics."""

    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 8))
        self.body = nn.Sequential(nn.Linear(8, 4), nn.BatchNorm1d(4))
        self.again = self.body[0]
        self.frozen = nn.Linear(4, 2).requires_grad_(False)


PARAMS = {"weights": 8, "body.0": 8 * 4 + 4, "body.1": 2 * 4, "frozen": 4 * 2 + 2}


def test_params_by_layer() -> None:
    cost = costcalc.cost(Own())
    assert {row.name: row.params for row in cost.by_layer().rows} == PARAMS
    assert cost.params == sum(PARAMS.values()) == sum(p.numel() for p in Own().parameters())
    assert set(cost.graph.buffers) == {"body.1.running_mean", "body.1.running_var", "body.1.num_batches_tracked"}
    assert cost.graph.frozen == {"frozen.weight", "frozen.bias"}
    assert "No input is given" in cost.graph.note


@pytest.mark.parametrize("model", [Own(), nn.Identity()])
def test_everything_else_is_unknown(model: nn.Module) -> None:
    """Zero would be a wrong number: also of a model without params."""
    cost = costcalc.cost(model, conventions=names())
    assert (cost.status, cost["mult_adds"].status, cost["activations"].status) == ("lower bound",) * 3
    assert cost.tokens is None
    assert repr(cost).startswith(f"Cost({type(model).__name__}: ")
    assert "at least 0 mult-adds" in repr(cost)


@pytest.mark.parametrize("asked", [{"batch": 2}, {"batch": None}, {"dtype": "float16"}])
def test_what_needs_an_input(asked: dict[str, object]) -> None:
    with pytest.raises(CostcalcError, match="a torch module needs the shape of its input"):
        costcalc.cost(Own(), **asked)  # type: ignore[arg-type]


def test_a_lazy_module_has_no_params_yet() -> None:
    with pytest.raises(CostcalcError, match="'weight' has no shape until the first forward pass"):
        costcalc.cost(nn.LazyLinear(3))


def test_models_by_name(tmp_path: Path) -> None:
    """Python gives the params; the command line, a line that says what to give."""
    file = tmp_path / "own.py"
    file.write_text("from torch import nn\ndef net(n=4):\n    return nn.Sequential(nn.Linear(8, n), nn.Linear(n, 2))\n")
    cost = costcalc.cost(f"{file}:net", args={"n": 3})
    assert {row.name: row.params for row in cost.by_layer().rows} == {"0": 8 * 3 + 3, "1": 3 * 2 + 2}
    assert (cost.status, cost.graph.name) == ("lower bound", f"{file}:net n=3")
    assert costcalc.cost("torch.nn:Linear", args={"in_features": 4, "out_features": 2}).params == 10
    with pytest.raises(CostcalcError, match="needs the size of its input"):
        costcalc.cost(f"{file}:net", batch=2)
    made = run("table", f"{file}:net")
    assert (made.code, made.out) == (2, "")
    assert f"{file}:net needs the size of its input, like --input 3x224x224" in made.err


@pytest.mark.parametrize(("model", "like"), [
    (nn.Sequential(nn.Linear(5, 4)), "(5,)"),
    (nn.Conv2d(4, 8, 3), "(4, 224, 224)"),
    (nn.Sequential(nn.ReLU(), nn.Conv1d(4, 8, 3)), "(4, 1000)"),
    (nn.Sequential(nn.Embedding(10, 4), nn.Linear(4, 2)), "(128,), for 128 token ids"),
    (nn.BatchNorm2d(3), "(3, 224, 224)"),
])  # fmt: skip
def test_what_to_give_for_mult_adds(model: nn.Module, like: str) -> None:
    cost = costcalc.cost(model)
    line = f"No input is given, so that only params are known; for mult-adds give the shape of one, like input={like}"
    assert cost.notes == [f"{line}."]
    assert repr(cost).endswith(f"; {line})")
    assert (
        costcalc.cost(model, input=(3, 8, 8) if like == "(3, 224, 224)" else eval(like.partition(", for")[0])).macs >= 0
    )
