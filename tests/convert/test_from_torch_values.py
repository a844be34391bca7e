"""Operations whose output shape depends on values: a lower bound, which names them and the operations after them."""

from typing import Any

import pytest
import torch
from small_modules import costs, edges, module, named
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.ops import nms

from costcalc.analysis.cost import Cost
from costcalc.convert.data import from_data, to_data
from costcalc.convert.from_torch import from_torch
from costcalc.report.lower_bound import lower_bound
from costcalc.spec import CostcalcError


@torch.library.custom_op("costcalc_tests::keep", mutates_args=())
def keep(x: torch.Tensor) -> torch.Tensor:
    return x[x > 0].repeat_interleave(4)


@keep.register_fake
def _(x: torch.Tensor) -> torch.Tensor:
    return x.new_empty(4 * torch.library.get_ctx().new_dynamic_size())


def picks(self: Any, x: torch.Tensor) -> Any:
    y = self.l(x)
    return self.head(y[y[..., 0] > 0])


def test_what_comes_after_a_mask_is_unknown_not_zero() -> None:
    """2·5 rows of 3·4; then 4·7 for each of an unknown number of rows. 3·4 + 4 and 4·7 + 7 params."""
    model = module(picks, l=nn.Linear(3, 4), head=nn.Linear(4, 7))
    graph = from_torch(model, (5, 3), batch=2)
    cost = Cost(graph)
    assert costs(graph) == (16 + 35, 120, "lower bound")
    assert cost.unknown == ["nonzero", "head"]
    assert lower_bound(cost, "mult_adds") == "at least 120 mult-adds: unknown are nonzero, in nonzero; linear, in head"
    assert graph.outputs[0].shape == (0, 7)
    x = torch.arange(30.0).reshape(2, 5, 3)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        rows = len(model(x))
    assert counter.get_total_flops() == 2 * (cost.macs + rows * 28)


def test_it_is_the_same_from_json() -> None:
    graph = from_torch(module(picks, l=nn.Linear(3, 4), head=nn.Linear(4, 7)), (5, 3), batch=2)
    again = from_data(to_data(graph))
    assert (costs(again), Cost(again).unknown) == (costs(graph), Cost(graph).unknown)


@pytest.mark.parametrize(
    ("run", "op", "shape"),
    [
        (lambda x: x.nonzero(), "nonzero", (0, 2)),
        (lambda x: torch.where(x > 0)[1], "nonzero", (0,)),
        (lambda x: torch.argwhere(x > 0), "argwhere", (0, 2)),
        (lambda x: x[:, x[0] > 0], "nonzero", (9, 0)),
        (lambda x: torch.masked_select(x, x > 0), "masked_select", (0,)),
        (lambda x: torch.unique(x), "_unique2", (0,)),
        (lambda x: torch.unique_consecutive(x), "unique_consecutive", (0,)),
        (lambda x: x.repeat_interleave(x[:, 0].long(), dim=0), "repeat_interleave", (0, 4)),
        (lambda x: nms(x, x[:, 0], 0.5), "torchvision::nms", (0,)),
        (lambda x: keep(x), "costcalc_tests::keep", (0,)),
    ],
)
def test_each_is_named(run: Any, op: str, shape: tuple[int, ...]) -> None:
    """No mult-adds depend on its rows if it only picks elements, as all do but an operation of a user."""
    graph = from_torch(module(lambda self, x: run(self.l(x)), l=nn.Linear(3, 4)), (3,), batch=9)
    unknown = [op] if op == "costcalc_tests::keep" else []
    assert Cost(graph).unknown == unknown
    assert costs(graph) == (16, 9 * 12, "lower bound" if unknown else "complete")
    assert (f"the rows that {op} finds" in graph.note) == (not unknown)
    assert graph.outputs[0].shape == shape


def test_what_is_certain_is_counted() -> None:
    """A mean over the rows that are found is one row; beside two certain rows there are two at least."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        found = x[x[:, 0] > 0]
        return self.a(found.mean(0)), self.b(torch.cat([x, found])), self.c(found @ found.T)

    graph = from_torch(module(forward, a=nn.Linear(3, 7), b=nn.Linear(3, 5), c=nn.Identity()), (3,), batch=2)
    assert costs(graph) == (28 + 20, 21 + 2 * 15, "lower bound")
    assert Cost(graph).unknown == ["nonzero", "matmul"]


def test_of_nothing_nothing_is_found() -> None:
    """The second search adds nothing that is not known of the first."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        found = x[x > 0]
        return self.head(found[found > 1].unsqueeze(1))

    assert Cost(from_torch(module(forward, head=nn.Linear(1, 4)), (3,))).unknown == ["nonzero", "head"]


def test_masks_of_the_models_own_pick_what_they_pick() -> None:
    """Three rows of five, of 3·7 each: the values of the mask are known."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        return self.head(x[:, self.mask]), self.head(x[:, torch.arange(5, device=x.device) < 3])

    model = module(forward, head=nn.Linear(3, 7))
    model.register_buffer("mask", torch.tensor([True, False, True, True, False]))
    graph = from_torch(model, (5, 3))
    assert costs(graph) == (28, 2 * 63, "complete")
    assert edges(graph)["index"][0] == "input"
    assert named(graph)["head"] == "linear"


def test_masks_on_the_meta_device_have_nothing_to_be_looked_at() -> None:
    model = module(lambda self, x: self.head(x[:, self.mask]), head=nn.Linear(3, 7))
    model.register_buffer("mask", torch.ones(5, dtype=torch.bool, device="meta"))
    graph = from_torch(model, (5, 3))
    assert (costs(graph), Cost(graph).unknown) == ((28, 0, "lower bound"), ["nonzero", "head"])


@pytest.mark.parametrize(
    "run",
    [
        lambda x: x if x.sum() > 0 else -x,
        lambda x: x[: int(x[0, 0])],
        lambda x: x * x[x > 0].sum().item(),
        lambda x: torch.nn.functional.one_hot(x.long()),
    ],
)
def test_numbers_for_python_are_not_guessed(run: Any) -> None:
    with pytest.raises(
        CostcalcError, match="Made does not run at input 3: it depends on its tensors' values"
    ) as caught:
        from_torch(module(lambda self, x: run(x)), (3,))
    assert "\n" not in str(caught.value)


def test_what_is_wrong_anyway_says_what_is_wrong(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CostcalcError, match="boxes should have 4 elements in dimension 1, got 3"):
        from_torch(module(lambda self, x: nms(x, x[:, 0], 0.5)), (3,))
    assert capfd.readouterr() == ("", "")


def test_memory_that_is_used_again_is_not_mistaken() -> None:
    """A constant that was freed leaves its memory to another, whose values can be read."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        for _ in range(50):
            x = x * torch.tensor(0.5, device=x.device)
            logs = [float(torch.tensor(2.0**n).log2()) for n in range(8)]
            assert logs == [*range(8)]
        return x

    assert costs(from_torch(module(forward), (3,))) == (0, 0, "complete")


DTYPES: list[tuple[Any, str]] = [
    (lambda self, x: torch.softmax(x, -1, dtype=torch.float64), "float64"),
    (lambda self, x: torch.softmax(x, -1, torch.float64), "float64"),
    (lambda self, x: torch.sigmoid(x.long()), "float32"),
    (lambda self, x: torch.tanh(x > 0), "float32"),
    (lambda self, x: torch.relu(x.long()), "int64"),
    (lambda self, x: x.long() / 2, "float32"),
    (lambda self, x: x.half() + x.bfloat16(), "float32"),
]


@pytest.mark.parametrize(("forward", "dtype"), DTYPES)
def test_outputs_have_the_dtype_that_torch_gives_them(forward: Any, dtype: str) -> None:
    (output,) = from_torch(module(forward), (4,)).outputs
    assert output.dtype == dtype == str(forward(None, torch.ones(1, 4)).dtype).removeprefix("torch.")
