"""Sparse tensors: a product costs one mult-add per non-zero and column of the dense factor."""

from typing import Any

import pytest
import torch
from small_modules import module
from torch import nn

import costcalc
from costcalc.measure.subject import Subject
from costcalc.measure.verify import verify
from costcalc.spec import CostcalcError
from costcalc.spec.request import Request

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

N, NNZ = 2000, 2500
"""Nodes (more elements than are evaluated as constants) and edges, each once."""

LAYER = N * 16 * 8
"""Mult-adds of nn.Linear(16, 8) for all nodes."""

PRODUCT = NNZ * 8


def edges() -> torch.Tensor:
    """Distinct pairs: row i and columns i, and i + 1 for the first 500."""
    i = torch.arange(N)
    return torch.cat([torch.stack([i, i]), torch.stack([i, i + 1])[:, : NNZ - N]], 1)


COO = torch.sparse_coo_tensor(edges(), torch.ones(NNZ), (N, N)).coalesce()
LAYOUTS = {"coo": COO, "csr": COO.to_sparse_csr(), "csc": COO.to_sparse_csc()}
X = torch.randn(N, 16)

FORWARD: dict[str, Any] = {
    "sparse.mm": lambda self, a, x: torch.sparse.mm(a, self.l(x)),
    "@": lambda self, a, x: a @ self.l(x),
    "spmm": lambda self, a, x: torch.spmm(a, self.l(x)),
    "transposed": lambda self, a, x: a.t() @ self.l(x),
    "dense @ sparse": lambda self, a, x: self.l(x).t() @ a,
    "scaled": lambda self, a, x: (2 * a) @ self.l(x),
    "another dtype and back": lambda self, a, x: a.double().to(x.dtype) @ self.l(x),
    "addmm": lambda self, a, x: torch.sparse.addmm(torch.zeros(N, 8, device=x.device), a, self.l(x)),
    "another layout": lambda self, a, x: a.to_sparse_csr() @ self.l(x),
}


def macs(forward: Any, *inputs: Any, **options: Any) -> tuple[int, str]:
    cost = costcalc.cost(module(forward, l=nn.Linear(16, 8)), input=list(inputs), **options)
    return cost.macs, cost.status


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("forward", FORWARD)
def test_products(forward: str, layout: str) -> None:
    assert macs(FORWARD[forward], LAYOUTS[layout], X) == (LAYER + PRODUCT, "complete")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_tensor_of_the_models_own(layout: str) -> None:
    """As an attribute or a buffer; given as an input it is the same."""
    a = LAYOUTS[layout]
    assert macs(lambda self, x: a @ self.l(x), X) == (LAYER + PRODUCT, "complete")
    own = module(lambda self, x: torch.sparse.mm(self.a, self.l(x)), l=nn.Linear(16, 8))
    own.register_buffer("a", a)
    assert costcalc.cost(own, input=X).macs == LAYER + PRODUCT


def test_made_in_the_forward_pass() -> None:
    """1,000 edges between 100 nodes of 16 numbers: 100*16*8 and 1000*8."""

    def coo(self: Any, edges: Any, x: Any) -> Any:
        return torch.sparse_coo_tensor(edges, torch.ones(edges.shape[1], device=x.device), (100, 100)) @ self.l(x)

    def csr(self: Any, x: Any, rows: Any, columns: Any, values: Any) -> Any:
        return torch.sparse_csr_tensor(rows, columns, values, (100, 100)) @ self.l(x)

    options: dict[str, Any] = {"batch": None}
    shapes = ((2, 1000), (100, 16))
    assert macs(coo, *shapes, dtype=["int64", None], **options) == (100 * 16 * 8 + 1000 * 8, "complete")
    shapes = ((100, 16), (101,), (1000,), (1000,))
    dtypes = [None, "int64", "int64", None]
    assert macs(csr, *shapes, dtype=dtypes, **options) == (100 * 16 * 8 + 1000 * 8, "complete")


def test_vectors_batches_and_dense_forms() -> None:
    assert macs(lambda self, a, x: a @ self.l(x)[:, 0], COO, X) == (LAYER + NNZ, "complete")
    assert macs(lambda self, a, x: a.to_dense() @ self.l(x), COO, X) == (LAYER + N * N * 8, "complete")
    ones = torch.ones(2, 5, 5).to_sparse()
    assert macs(lambda self, a, x: torch.bmm(a, x), ones, torch.randn(2, 5, 7)) == (2 * 5 * 5 * 7, "complete")


def test_values_that_are_learned() -> None:
    """A score per edge, then a softmax over each row: the non-zeros stay where they are."""

    def forward(self: Any, a: Any, x: Any) -> Any:
        scores = torch.sparse_coo_tensor(a._indices(), self.l(a._values()[:, None].expand(-1, 16))[:, 0], a.shape)
        return torch.sparse.softmax(scores, 1) @ x

    assert macs(forward, COO, X) == (NNZ * 16 * 8 + NNZ * 16, "complete")


def test_degrees_cost_nothing() -> None:
    assert macs(lambda self, a, x: torch.sparse.sum(a, 1).to_dense()[:, None] * self.l(x), COO, X) == (
        LAYER,
        "complete",
    )


def test_products_at_the_non_zeros_alone() -> None:
    """(N, 8) by (8, N), at each non-zero."""
    forward = lambda self, a, x: torch.sparse.sampled_addmm(a, self.l(x), self.l(x).t())  # noqa: E731
    assert macs(forward, LAYOUTS["csr"], X) == (2 * LAYER + NNZ * 8, "complete")


def test_joined() -> None:
    assert macs(lambda self, a, x: torch.cat([a, a]) @ self.l(x), COO, X) == (LAYER + 2 * PRODUCT, "complete")


@pytest.mark.parametrize("forward", [
    lambda self, a, x: a[3] @ self.l(x),
    lambda self, a, x: a.index_select(0, torch.arange(5, device=a.device)) @ self.l(x),
    lambda self, a, x: (a + a) @ self.l(x),
    lambda self, a, x: (a * a) @ self.l(x),
])  # fmt: skip
def test_a_number_of_non_zeros_that_depends_on_values_is_unknown(forward: Any) -> None:
    assert macs(forward, COO, X) == (LAYER, "lower bound")


def test_the_square_of_a_sparse_tensor_is_unknown() -> None:
    """How many non-zeros it has depends on where those of the factors are; so does what follows."""
    assert macs(lambda self, a, x: (a @ a) @ self.l(x), COO, X) == (LAYER, "lower bound")


def test_tools_that_take_it_as_dense_have_no_prediction(tmp_path: Any) -> None:
    """FlopCounterMode counts mm of a sparse tensor as if it were dense, and no torch.sparse.mm."""
    code = "from torch import nn, sparse\nclass {}(nn.Module):\n    def forward(self, a, x):\n        return {}\n"
    (tmp_path / "own.py").write_text(code.format("Mm", "a @ x") + code.format("Sparse", "sparse.mm(a, x)"))
    for name, notes in (("Mm", 1), ("Sparse", 0)):
        request = Request(f"{tmp_path}/own.py:{name}", [COO, X])
        found = verify(Subject(costcalc.graph(request.model, request.input), request), tools=["flopcounter"])
        assert found.ok
        assert len(found.notes) == notes


@pytest.mark.parametrize("weights", [False, True])
def test_bincount_with_minlength_has_so_many_rows(weights: bool) -> None:
    """nn.Linear(16, 8) for one row of 16 counts."""

    def forward(self: Any, x: Any) -> Any:
        weight = torch.ones(len(x), device=x.device) if weights else None
        return self.l(torch.bincount(x, weight, minlength=16).float())

    assert macs(forward, torch.zeros(300, dtype=torch.long)) == (16 * 8, "complete")


def test_what_cannot_be_read_is_told_in_a_line() -> None:
    with pytest.raises(CostcalcError) as caught:
        macs(lambda self, a, x: a @ self.l(x)[:5], COO, X)
    assert "does not run at input 2000x2000, 2000x16" in str(caught.value)
