"""Models that ask whether autograd is on, or map over an axis."""

import copy
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from derivative_ways import (
    Forward,
    adapted,
    by_autograd,
    by_backward,
    net,
    output,
    trained,
    twice,
)
from dispatched import dispatched
from small_modules import costs, module
from torch import func, nn

from costcalc.convert.from_torch import from_torch

# What a model asks of autograd


def if_it_requires(self: Any, x: torch.Tensor) -> Any:
    energy = self.l(x.requires_grad_())
    return torch.autograd.grad(energy.sum(), x)[0] if energy.requires_grad else energy


def if_enabled(self: Any, x: torch.Tensor) -> Any:
    with torch.enable_grad():
        t = x.detach().requires_grad_()
        energy = self.l(t)
        return torch.autograd.grad(energy.sum(), t)[0] if torch.is_grad_enabled() else energy


def of_its_input(self: Any, x: torch.Tensor) -> Any:
    return torch.autograd.grad(self.l(x).sum(), x)[0]


@pytest.mark.parametrize("forward", [if_it_requires, if_enabled, of_its_input])
def test_it_may_ask_first(forward: Forward) -> None:
    """3·(6·5 + 5) each way. The last leaves it to its caller to require the gradient of the input."""
    assert costs(from_torch(module(forward, l=net()), (6,), batch=3)) == (41, 2 * 3 * 35, "complete")


def test_to_turn_autograd_on_changes_nothing_by_itself() -> None:
    def forward(self: Any, x: torch.Tensor) -> Any:
        with torch.enable_grad():
            return self.l(x)

    parts = net()
    graph, plain = from_torch(module(forward, l=parts), (6,)), from_torch(module(output, l=parts), (6,))
    assert not graph.transformed
    assert [(n.name, n.op, n.facts) for n in graph.nodes] == [(n.name, n.op, n.facts) for n in plain.nodes]


def test_numbers_are_there_to_be_looked_at() -> None:
    def forward(self: Any, x: torch.Tensor) -> Any:
        at = torch.tensor([2, 0, 1])
        assert at.tolist() == [2, 0, 1]
        assert int(at.numpy().sum()) == at.sum().item() == 3
        assert f"{at[0]}" == "2"
        assert self.steps.max() == 4
        count = torch.zeros(())
        count += 1
        return by_autograd(self, x[at, : int(at.max()) * 3] * count)

    model = module(forward, l=net())
    model.register_buffer("steps", torch.tensor([3, 4]))
    assert costs(from_torch(model, (6,), batch=3)) == (41, 2 * 3 * 35, "complete")


@pytest.mark.parametrize("forward", [by_backward, trained, adapted, twice])
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_the_model_stays_as_it_was(forward: Forward, device: str) -> None:
    model = module(forward, l=nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.Linear(5, 1))).to(device)
    before, values = dict(model.named_parameters()), copy.deepcopy(model.state_dict())
    graph = from_torch(model, (6,), batch=3)
    assert graph.transformed
    assert all(p is before[name] and p.grad is None for name, p in model.named_parameters())
    assert device == "meta" or all(torch.equal(t, values[name]) for name, t in model.state_dict().items())
    assert torch.autograd._engine_run_backward is torch.autograd.graph._engine_run_backward


def test_an_input_of_ids() -> None:
    """Of 2·4 embeddings of 6 features: 2·4·35 forward, and as many for their gradient."""

    def forward(self: Any, ids: torch.Tensor) -> Any:
        return by_autograd(self, self.e(ids).detach())

    model = module(forward, e=nn.Embedding(9, 6), l=net())
    assert costs(from_torch(model, (4,), batch=2)) == (54 + 41, 2 * 2 * 4 * 35, "complete")


class Scripted(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.l = nn.Linear(6, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x.requires_grad_(True)
        found = torch.autograd.grad([self.l(x).sum()], [x])[0]
        assert found is not None
        return found


def test_scripted() -> None:
    assert costs(from_torch(torch.jit.script(Scripted()), (6,), batch=3)) == (7, 2 * 3 * 6, "complete")


# Maps over an axis


@pytest.mark.parametrize(
    ("forward", "expected"),
    [
        (lambda self, x: func.vmap(self.l)(x), 3 * 7 * 6 * 4),
        (lambda self, x: func.vmap(func.vmap(self.l))(x), 3 * 7 * 6 * 4),
        (lambda self, x: func.vmap(lambda t: t @ t.mT)(x), 3 * 7 * 7 * 6),
        (lambda self, x: func.vmap(lambda t: F.scaled_dot_product_attention(t, t, t))(x[:, None]), 3 * 2 * 7 * 7 * 6),
    ],
)
def test_maps(forward: Forward, expected: int) -> None:
    model = module(forward, l=nn.Linear(6, 4))
    assert costs(from_torch(model, (7, 6), batch=3)) == (28, expected, "complete")
    assert dispatched(model, torch.randn(3, 7, 6)) == expected
