"""Constants whose values a model may read; and inputs of token ids, on any path to their embedding."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from small_modules import costs, edges, module, named
from torch import nn

from costcalc.convert.from_torch import from_torch
from costcalc.spec import CostcalcError


def test_it_may_ask_for_them_on_the_inputs_device() -> None:
    def forward(self: Any, x: Any) -> Any:
        mask = torch.ones(2, 3, device=x.device).to(device=x.device, dtype=torch.bool)
        steps = torch.arange(3, device=x.device) + 1
        return self.l(x) if mask.all() and int(steps[-1]) == 3 else x

    assert named(from_torch(module(forward, l=nn.Linear(3, 3)), (3,), batch=2)) == {"l": "linear"}


def test_many_are_not_computed() -> None:
    """A mask of 10^10 elements would take 10 GB, or 80."""

    def forward(self: Any, x: Any) -> Any:
        steps = torch.arange(10**5, device=x.device)
        seen = steps[:, None] >= steps
        return self.l(x), torch.zeros(10**5, 10**5, device=x.device) + seen

    assert costs(from_torch(module(forward, l=nn.Linear(3, 3)), (3,))) == (12, 9, "complete")


def test_random_ones_leave_the_generator_as_it_was() -> None:
    before = torch.get_rng_state()
    from_torch(module(lambda self, x: x + torch.rand(3, device=x.device)), (3,))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_what_inputs_are_written_into_is_known_no_longer(device: str) -> None:
    """Through a view, too: a read of the tensor is then a read of the input."""

    def forward(self: Any, x: Any) -> Any:
        out = torch.zeros(2, 3, device=device)
        out[0].copy_(x[0])
        return self.l(out.exp())

    graph = from_torch(module(forward, l=nn.Linear(3, 3)), (3,), batch=2)
    found = edges(graph)
    assert (found["l"], found["exp"], found["write"], found["copy"]) == (["exp"], ["write"], ["copy"], ["select"])

    def looks(self: Any, x: Any) -> Any:
        out = torch.zeros(2, 3, device=device)
        out[0].copy_(x[0])
        return x if out.sum() > 0 else -x

    with pytest.raises(CostcalcError, match="it depends on its tensors' values"):
        from_torch(module(looks), (3,), batch=2)


def test_a_position_beyond_the_last() -> None:
    def forward(self: Any, x: Any) -> Any:
        return self.l(x) + self.positions(torch.arange(x.shape[1], device=x.device))

    made = module(forward, l=nn.Linear(3, 3), positions=nn.Embedding(8, 3))
    assert costs(from_torch(made, (8, 3))) == (12 + 24, 8 * 9, "complete")
    with pytest.raises(CostcalcError, match=r"row 8 is looked up in an embedding of 8: the input is too long"):
        from_torch(made, (9, 3))


def test_ids_that_are_laid_out_anew() -> None:
    graph = from_torch(module(lambda self, ids: self.e(ids.view(-1)), e=nn.Embedding(8, 3)), (5,), batch=2)
    assert graph.inputs[0].integer
    assert graph.outputs[0].shape == (10, 3)
    with pytest.raises(CostcalcError, match="an embedding looks up integers"):
        from_torch(module(lambda self, x: self.e(self.l(x)), e=nn.Embedding(8, 3), l=nn.Linear(5, 5)), (5,))


def test_tensors_in_an_object_are_inputs() -> None:
    """The object itself is left alone: the forward pass gets a copy."""

    def forward(self: Any, x: Any, state: Any) -> Any:
        state.kept[0] = torch.cat([state.kept[0], self.l(x)], 1)
        return state.kept[0] @ state.mix.t()

    state = SimpleNamespace(kept=[torch.empty(2, 4, 3)], mix=torch.empty(3, 3, device="meta"), steps=7)
    graph = from_torch(module(forward, l=nn.Linear(3, 3)), {"x": (1, 3), "state": state}, batch=2)
    assert [t.shape for t in graph.inputs] == [(2, 1, 3), (2, 4, 3), (3, 3)]
    assert edges(graph)["concat"] == ["state.0", "l"]
    assert costs(graph) == (12, 2 * 9 + 2 * 5 * 9, "complete")
    assert state.kept[0].shape == (2, 4, 3)


@pytest.mark.skipif(not hasattr(torch.ops.aten, "_grouped_mm"), reason="this torch has no product of groups")
def test_products_of_groups() -> None:
    """6 rows to one of 4 matrices each; 4 products of the same size; and columns to one of 4 each."""

    def forward(self: Any, x: Any, offs: Any) -> Any:
        rows = torch._grouped_mm(x, self.m, offs=offs)
        each = torch._grouped_mm(self.m, self.m)
        return rows, each, torch._grouped_mm(self.m, x.t(), offs=offs)

    made = module(forward, m=nn.Parameter(torch.empty(4, 8, 8)))
    graph = from_torch(made, [(8,), ()], batch=6, dtype=[None, torch.int32])
    assert [t.shape for t in graph.outputs] == [(6, 8), (4, 8, 8), (8, 6)]
    assert costs(graph) == (256, 6 * 64 + 4 * 512 + 6 * 64, "complete")
