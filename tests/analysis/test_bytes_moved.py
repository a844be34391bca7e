"""Bytes moved and intensity: inputs, weights and outputs once each, in their dtypes."""

from fractions import Fraction
from typing import Any

import pytest

import costcalc
from costcalc import spec
from costcalc.analysis.cost import Cost

KEYS = ["mult_adds", "bytes_moved", "intensity"]


def rows(cost: Cost) -> dict[str, Any]:
    return {row.name: row for row in cost.by_layer().rows}


def moved(cost: Cost) -> dict[str, Any]:
    return {name: row["bytes_moved"].number for name, row in rows(cost).items()}


@pytest.mark.parametrize(("dtype", "size"), [(None, 4), ("float16", 2), ("bf16", 2), ("fp64", 8), ("float8_e4m3fn", 1)])
def test_a_convolution_and_its_relu(dtype: str | None, size: int) -> None:
    """conv1 of GoogLeNet: 64 filters of 3x7x7 and a bias each, from 3x224x224 to 64x112x112."""
    cost = costcalc.cost("googlenet", batch=2, columns=KEYS, as_dtype=dtype)
    row, output = rows(cost)["conv1.7x7"], 2 * 64 * 112 * 112
    elements = 2 * 3 * 224 * 224 + 64 * 3 * 7 * 7 + 64 + output
    assert row["bytes_moved"].number == size * elements
    assert row["intensity"].number == Fraction(output * 3 * 7 * 7, size * elements)
    assert row["bytes_moved"].formula.symbols == "input·bytes + weight·bytes + weight·bytes + output·bytes"
    assert rows(cost)["conv1.7x7_relu"]["bytes_moved"].number == size * 2 * output


def test_the_total_is_the_sum_and_the_intensity_their_ratio() -> None:
    cost = costcalc.cost("googlenet", columns=KEYS)
    total = sum(moved(cost).values())
    assert cost["bytes_moved"] == (total, "counted", None)
    assert cost["intensity"].number == Fraction(1_582_671_872, total)
    assert cost["intensity"].number == Fraction(cost.macs, sum(r["bytes_moved"].number for r in cost.by_block().rows))


def test_a_head_that_does_not_run_moves_nothing() -> None:
    cost = costcalc.cost("googlenet_aux", columns=KEYS)
    assert rows(cost)["aux_4a.conv"]["bytes_moved"].status == "not run"
    assert cost["bytes_moved"].number == costcalc.cost("googlenet", columns=KEYS)["bytes_moved"].number


def test_views_move_nothing_and_in_place_ops_read_and_write() -> None:
    def network(x: spec.Tensor) -> spec.Tensor:
        x = spec.relu(x, "relu", inplace=True)
        x = spec.dropout(x, "dropout")
        _, b = spec.split(x, "split", sizes=[2, 4])
        x = spec.add(b, b, name="twice")  # one tensor, read once
        return spec.flatten(x, "flatten")

    graph = spec.trace(network, (1, 6, 5))
    found = moved(Cost(graph))
    assert found == {"relu": 4 * 2 * 30, "dropout": 0, "split": 0, "twice": 4 * 2 * 20, "flatten": 0}
    assert rows(Cost(graph))["flatten"]["bytes_moved"].status == "zero"
    assert moved(Cost(graph, "train"))["dropout"] == 4 * 2 * 30


def test_a_shared_layer_reads_its_weights_at_each_use() -> None:
    def network(x: spec.Tensor) -> spec.Tensor:
        return spec.shared(spec.linear)(spec.linear(x, "f", 8), "f", 8)

    assert moved(Cost(spec.trace(network, (1, 8)))) == dict.fromkeys(("f", "f@2"), 4 * (8 + 8 * 8 + 8 + 8))


def test_an_embedding_reads_the_rows_that_it_looks_up() -> None:
    """5 ids of 8 bytes, 5 rows of 16 numbers read and written; of a table with fewer rows than ids all of it."""
    for vocabulary, read in ((1000, 5), (3, 3)):
        graph = spec.trace(lambda x, v=vocabulary: spec.embedding(x, "e", 16, vocabulary=v), (1, 5))
        assert moved(Cost(graph)) == {"e": 5 * 8 + 4 * 16 * read + 4 * 16 * 5}


def test_models_of_torch() -> None:
    torch = pytest.importorskip("torch")

    class Mixed(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.token = torch.nn.Parameter(torch.zeros(1, 1, 6))
            self.small = torch.nn.Linear(6, 3).half()

        def forward(self, x: Any) -> Any:
            x = x + self.token.expand(2, 4, 6)  # stored once
            x = x.mul_(2)
            return self.small(x.half()).float()

    cost = costcalc.cost(Mixed(), (4, 6), batch=2, columns=KEYS)
    elements = 2 * 4 * 6
    by_op = [row["bytes_moved"].number for row in cost.by_layer().rows if row["bytes_moved"].number]
    products = 2 * (elements + 3 * 6 + 3 + 2 * 4 * 3)
    assert by_op == [
        4 * (elements + 6 + elements), 4 * 2 * elements, (4 + 2) * elements, products, (2 + 4) * 2 * 4 * 3,
    ]  # fmt: skip
    cast = costcalc.cost(Mixed(), (4, 6), batch=2, columns=KEYS, as_dtype="fp16")
    assert max(row["bytes_moved"].number for row in cast.by_layer().rows) == 2 * (elements + 6 + elements)
    assert cost["bytes_moved"].status == "counted"


def test_a_size_that_depends_on_values_is_unknown_and_not_zero() -> None:
    torch = pytest.importorskip("torch")

    class Chosen(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.f = torch.nn.Linear(4, 4)

        def forward(self, x: Any) -> Any:
            return self.f(x[x.sum(-1) > 0])

    class Places(torch.nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, x: Any) -> Any:
            return torch.nonzero(x).float().sum(0) * 2

    for model in (Chosen(), Places()):
        cost = costcalc.cost(model, (4, 4), columns=KEYS)
        assert {row["bytes_moved"].status for row in cost.by_layer().rows} >= {"unknown", "counted"}
        assert cost["bytes_moved"].status == "lower bound"
        assert cost["intensity"].status == "unknown"


def test_sizes_may_be_arrays_and_symbols() -> None:
    np, sympy = pytest.importorskip("numpy"), pytest.importorskip("sympy")
    batches = costcalc.cost("resnet18", batch=np.array([1, 3]), columns=["bytes_moved"])["bytes_moved"].number
    alone = [costcalc.cost("resnet18", batch=n, columns=["bytes_moved"])["bytes_moved"].number for n in (1, 3)]
    assert list(batches.values) == alone
    n = sympy.Symbol("N", integer=True, positive=True)
    symbolic = costcalc.cost("resnet18", batch=n, columns=["bytes_moved"])["bytes_moved"].number
    assert [symbolic.subs(n, value) for value in (1, 3)] == alone
    with pytest.raises(costcalc.CostcalcError, match="need sizes that are integers"):
        costcalc.cost("resnet18", batch=n, columns=["bound"], on="a100")["bound"]
