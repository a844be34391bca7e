import pytest
from against import totals

from costcalc import models, zoo
from costcalc.analysis.cost import Cost
from costcalc.analysis.published import read
from costcalc.spec import CostcalcError

TABLE = {row["arch"]: (int(row["params"]), int(row["flops"])) for row in read("nas_bench_macro/cifar10.csv")}


def test_the_table_has_every_genotype() -> None:
    assert len(TABLE) == 3**8 == 6561
    assert all(len(genotype) == 8 and set(genotype) <= set("012") for genotype in TABLE)


@pytest.mark.parametrize("genotype", [*TABLE][::131])
def test_the_benchmarks_figures(genotype: str) -> None:
    """All 6,561: benchmarks/nas_bench_macro.py."""
    cost = Cost(models.graph("nas_bench_macro", args={"genotype": genotype}))
    assert (cost.params, cost.macs) == TABLE[genotype]


def test_the_named_ones() -> None:
    assert totals("nas_bench_macro") == TABLE["22222222"]
    assert totals("nas_bench_macro_smallest") == TABLE["00000000"]
    assert len(zoo.networks("nas_bench_macro")) == 2


def test_the_smallest_by_hand() -> None:
    """Stem, three 1x1 projections, 1x1 to 1280, linear; batch norms of 32 + 64 + 128 + 256 + 1280 channels."""
    weights = 32 * 3 * 9 + 64 * 32 + 128 * 64 + 256 * 128 + 1280 * 256
    assert TABLE["00000000"][0] == weights + 2 * (32 + 64 + 128 + 256 + 1280) + (1280 + 1) * 10
    assert TABLE["00000000"][1] == (
        32 * 32 * 32 * 3 * 9 + 16 * 16 * 64 * 32 + 8 * 8 * 128 * 64 + 4 * 4 * 256 * 128 + 4 * 4 * 1280 * 256 + 12800
    )


@pytest.mark.parametrize("wrong", ["", "0120", "012012012", "01201203", "0120120x"])
def test_wrong_genotypes(wrong: str) -> None:
    with pytest.raises(CostcalcError, match="must be 8 digits, each 0, 1 or 2, like 01201201"):
        models.graph("nas_bench_macro", args={"genotype": wrong})
