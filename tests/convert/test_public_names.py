"""The names by which a model calls torch's functions, and the products of sizes that it passes to them."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from small_modules import module
from torch import nn

from costcalc.convert.from_torch import from_torch
from costcalc.convert.torch_reader.public_names import NAMES
from costcalc.convert.torch_reader.size_products import Size
from costcalc.spec import CostcalcError
from costcalc.spec.rules import facts_of

Forward = Callable[[Any, Any], Any]


def calls(forward: Forward, **modules: nn.Module) -> list[str]:
    """The name that each node of a module was called by, at an input (N, 3, 4)."""
    graph = from_torch(module(forward, **modules), (3, 4))
    return [node.call.name if node.call else "" for node in graph.nodes]


@pytest.mark.parametrize(
    ("forward", "names"),
    [
        (lambda self, x: x + x, ["operator.add"]),
        (lambda self, x: torch.add(x, x), ["torch.add"]),
        (lambda self, x: x.add(x), ["torch.Tensor.add"]),
        (lambda self, x: x * 2, ["operator.mul"]),
        (lambda self, x: x.mul(2), ["torch.Tensor.mul"]),
        (lambda self, x: F.relu(x), ["torch.nn.functional.relu"]),
        (lambda self, x: torch.relu(x), ["torch.ops.aten.relu"]),
        (lambda self, x: x.relu(), ["torch.ops.aten.relu"]),
        (lambda self, x: F.softmax(x, -1), ["torch.nn.functional.softmax"]),
        (lambda self, x: x.softmax(-1), ["torch.ops.aten.softmax"]),
        (lambda self, x: F.elu(x), ["torch.nn.functional.elu"]),
        (lambda self, x: torch.einsum("nij,nkj->nik", x, x), ["torch.einsum"]),
        (lambda self, x: x @ x.mT, ["torch.permute", "operator.matmul"]),
        (lambda self, x: torch.matmul(x, x.mT), ["torch.permute", "torch.matmul"]),
        (lambda self, x: torch.baddbmm(x[..., :3], x, x.mT)[0], None),
    ],
)
def test_a_function_is_known_by_the_name_it_was_called_by(forward: Forward, names: list[str] | None) -> None:
    if names is None:  # read as a product and a sum, both called so
        assert calls(forward).count("torch.baddbmm") == 2
    else:
        assert calls(forward) == names


def test_a_module_is_known_by_its_class() -> None:
    assert calls(lambda self, x: self.r(self.m(x)), r=nn.ReLU(), m=nn.Mish()) == ["Mish", "ReLU"]


@pytest.mark.parametrize("fails", [False, True])
def test_torch_has_its_own_functions_afterwards(fails: bool) -> None:
    def forward(self: Any, x: Any) -> Any:
        if fails:
            raise ValueError("tired")
        return F.relu(x)

    before = {(place, name): vars(place).get(name) for place, names in NAMES.items() for name in names}
    if fails:
        with pytest.raises(CostcalcError, match="tired"):
            from_torch(module(forward), (3, 4))
    else:
        from_torch(module(forward), (3, 4))
    assert {key: vars(key[0]).get(key[1]) for key in before} == before
    assert type(torch.zeros(2).shape[0]) is int


def products(forward: Forward) -> list[int]:
    graph = from_torch(module(forward, l=nn.Linear(4, 4)), (3, 4), batch=2)
    return [node.noticed.size_products for node in graph.nodes]


@pytest.mark.parametrize(
    ("forward", "number"),
    [
        (lambda self, x: self.l(x), 0),
        (lambda self, x: self.l(x).view(x.shape[0] * x.shape[1], 4), 1),
        (lambda self, x: self.l(x).view(-1, x.size(1) * 2), 1),
        (lambda self, x: self.l(x).view(3 * x.shape[0] * x.shape[2] // 4, 4), 2),
        (lambda self, x: self.l(x).view(math.prod(x.shape[:2]), 4), 2),  # 1 · 2 · 3
        (lambda self, x: self.l(x)[:, : x.numel() // 24 * 2], 1),
        (lambda self, x: self.l(x).view(x.shape[0] + x.shape[1] + 1, -1), 0),
        (lambda self, x: self.l(x) if x.shape[1] * x.shape[2] == 12 else x, 0),  # no function takes it: not in a trace
    ],
)
def test_products_of_sizes(forward: Forward, number: int) -> None:
    assert sum(products(forward)) == number


def test_a_product_that_two_functions_take_is_one() -> None:
    def forward(self: Any, x: Any) -> Any:
        rows = x.shape[0] * x.shape[1]
        return self.l(x).view(rows, 4).view(rows, 2, 2)

    assert sum(products(forward)) == 1


def test_a_size_is_an_int() -> None:
    a, b = Size(6), Size(4)
    made = (a * b, 2 * a, a + 1, 1 + a, a - b, 9 - a, a // b, 13 // a, a % b, 13 % b, -a)
    assert made == (24, 12, 7, 7, 2, 3, 1, 2, 2, 1, -6)
    assert [len(size.products) for size in made] == [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    assert len((a * b // 2 * 3).products) == 2
    assert (a / b, a * 1.5, [0] * b, a == 6, {a: 1}[6]) == (1.5, 9.0, [0, 0, 0, 0], True, 1)


@pytest.mark.parametrize(
    "made",
    [
        nn.Flatten(1, 2), nn.Upsample(scale_factor=2), nn.GELU("tanh"), nn.Softmax2d(), nn.ReLU(),
        module(lambda self, x: F.interpolate(x.relu().add(x), size=3)),
        module(lambda self, x: torch.addmm(x[0, 0], x[0, 0], x[0, 0]).matmul(x[0, 0, 0])),
    ],
)  # fmt: skip
def test_the_call_that_a_reader_noticed_stands_apart_from_the_ops_own(made: nn.Module) -> None:
    for node in from_torch(made, (2, 4, 4)).nodes:
        own = facts_of(node.op, [t.shape for t in node.inputs], node.facts.settings)
        assert node.facts.torch == own.torch


@pytest.mark.parametrize(
    ("forward", "kernels"),
    [
        (lambda self, x: torch.mm(x[0], x[0].T), {""}),
        (lambda self, x: torch.addmm(x[0], x[0], x[0].mT @ x[0]), {"", "addmm"}),
        (lambda self, x: torch.mv(x[0], x[0, 0]), {"", "mv"}),
        (lambda self, x: F.conv1d(x, torch.ones(3, 3, 3), padding="same"), {"_convolution_mode"}),
    ],
)
def test_the_kernel_that_torch_runs(forward: Forward, kernels: set[str]) -> None:
    assert {
        node.noticed.kernel for node in from_torch(module(forward), (3, 4)).nodes if node.op != "constant"
    } == kernels
