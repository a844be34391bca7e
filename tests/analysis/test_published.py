import re
from collections import Counter
from fractions import Fraction

import pytest

from costcalc import models, zoo
from costcalc.analysis.printed import in_unit, judge
from costcalc.analysis.published import Cell, folder, join, printed_networks, published, read
from costcalc.spec import CostcalcError


def cells(network: str, file: str) -> dict[tuple[str, str], Cell]:
    (table,) = [table for table in join(network, models.graph) if table.file == file]
    return {(cell.row, cell.column): cell for cell in table.cells}


def verdicts(network: str, file: str, column: str) -> dict[str, str]:
    return {row: cell.verdict for (row, of), cell in cells(network, file).items() if of == column}


def test_judge() -> None:
    """163,328/1024 = 159.5; 650,000 and 649,000 are printed in full, their zeros may be no digits."""
    assert judge("159K", 163_328, 1024) == "truncated"
    assert judge("160K", 163_328, 1024) == "exact"
    assert judge("158K", 163_328, 1024) == "differs"
    assert judge("1,516", 1_516) == "exact"
    assert judge("650,000", 651_234) == "rounded"
    assert judge("650,000", 659_272) == "truncated"
    assert judge("650,000", 660_000) == "differs"
    assert judge("380K", 379 * 1024, 1024) == "differs"  # with a unit, zeros are digits
    assert judge("0", 0) == "exact"
    assert judge("0.27M", 269_722, 10**6) == "exact"
    assert judge("3.8×10^9", 3_857_973_248, 10**9) == "truncated"
    assert judge("12", 60_965_224, 6_998_552) == "differs"


def test_in_unit() -> None:
    assert in_unit("159K", 163_328, 1024) == "159.50K"
    assert in_unit("60 million", 60_965_224, 10**6) == "60.97 million"
    assert in_unit("1,516", 1_516) == "1,516"
    assert in_unit("1.0M", 1_019_722, 10**6) == "1.020M"


def test_no_figure() -> None:
    with pytest.raises(CostcalcError, match="'K' is not a printed figure; expected one like"):
        judge("K", 1)


TABLE_1 = "szegedy2015_table1.csv"


def test_googlenets_ops() -> None:
    """10 of 12 cells of Table 1 hold, 4a is cut, 5a differs."""
    found = verdicts("googlenet_separable", TABLE_1, "ops")
    assert Counter(found.values()) == {"exact": 10, "truncated": 1, "differs": 1}
    assert (found["inception_4a"], found["inception_5a"]) == ("truncated", "differs")


def test_googlenets_params() -> None:
    """The first row fits as separable alone: 2,712 weights and 34,019,328 mult-adds, not 9,408 and 118.0M."""
    found = verdicts("googlenet_separable", TABLE_1, "params")
    assert [row for row, verdict in found.items() if verdict == "exact"] == ["conv1", "conv2", "linear"]
    assert [row for row, verdict in found.items() if verdict == "truncated"] == ["inception_3a"]
    assert len(found) == 12
    full, separable = cells("googlenet", TABLE_1), cells("googlenet_separable", TABLE_1)
    assert [full["conv1", q].computed for q in ("params", "ops")] == [9_408, 118_013_952]
    assert [separable["conv1", q].computed for q in ("params", "ops")] == [2_712, 34_019_328]
    assert full["conv1", "params"].verdict == full["conv1", "ops"].verdict == "differs"
    assert separable["conv1", "params"].verdict == separable["conv1", "ops"].verdict == "exact"
    weights = {  # the paper's widths, without biases
        "inception_3b": 388_096, "inception_4a": 375_552, "inception_4b": 448_512, "inception_4c": 509_440,
        "inception_4d": 604_672, "inception_4e": 867_328, "inception_5a": 1_042_432, "inception_5b": 1_442_816,
        "linear": 1_024_000,
    }  # fmt: skip
    assert {row: full[row, "params"].computed for row in weights} == weights
    for row in ("inception_4c", "inception_4d", "inception_4e", "inception_5b"):
        assert "contradicts itself" in full[row, "params"].reason
    assert "928" in full["inception_5a", "params"].reason


def test_lenet5_holds_to_the_last_unit() -> None:
    """LeCun et al. 1998: 60,000 params, 340,908 connections."""
    found = cells("lenet5", "lecun1998_lenet5.csv")
    assert {cell.verdict for cell in found.values()} == {"exact"}
    assert found["c3", "params"].computed == 1_516
    assert (found["total", "params"].computed, found["total", "connections"].computed) == (60_000, 340_908)


def test_alexnets_neurons() -> None:
    found = cells("alexnet_paper", "krizhevsky2012_figure2.csv")
    assert {row for (row, _), cell in found.items() if cell.verdict != "exact"} == {"input", "conv1", "total"}
    assert found["conv1", "neurons"].computed == 290_400
    assert found["total", "neurons"].computed == 659_272


@pytest.mark.parametrize(
    ("network", "file", "row", "column", "computed", "verdict"),
    [
        ("vgg16", "simonyan2015_table2.csv", "D", "params", 138_357_544, "exact"),
        ("vgg11_lrn", "simonyan2015_table2.csv", "A, A-LRN", "params", 132_863_336, "exact"),
        ("xception", "chollet2017_table3.csv", "Xception", "params", 22_855_952, "exact"),
        ("inception_v3", "chollet2017_table3.csv", "Inception V3", "params", 23_834_568, "differs"),
        ("resnet34_paper", "he2016_table1.csv", "34-layer", "FLOPs", 3_644_493_824, "exact"),
        ("resnet50_paper", "he2016_table1.csv", "50-layer", "FLOPs", 3_857_973_248, "truncated"),
        ("resnet50", "he2016_table1.csv", "50-layer", "FLOPs", 4_089_184_256, "differs"),
        ("resnet_cifar1202", "he2016_table6.csv", "ResNet-1202", "params", 19_421_274, "exact"),
        ("densenet_cifar_bc190_k40", "huang2017_table2.csv", "DenseNet-BC (L = 190, k = 40)", "params", 25_624_430,
         "exact"),
        ("efficientnet_b2", "tan2019_table2.csv", "EfficientNet-B2", "params", 9_109_994, "differs"),
        ("resnext101_64x4d", "tan2019_table2.csv", "ResNeXt-101", "FLOPS", 31_549_440_000, "exact"),
        ("mobilenet_v1", "howard2017_tables6_7.csv", "1.0 MobileNet-160", "mult-adds", 290_675_200, "truncated"),
        ("inception_bn_printed", "ioffe2015_figure5.csv", "inception_4c", "output_size", 14 * 14 * 608, "differs"),
        ("inception_bn", "ioffe2015_figure5.csv", "inception_4c", "output_size", 14 * 14 * 576, "exact"),
    ],
)  # fmt: skip
def test_cells(network: str, file: str, row: str, column: str, computed: int, verdict: str) -> None:
    cell = cells(network, file)[row, column]
    assert (cell.computed, cell.verdict) == (computed, verdict)


def test_exactly_the_listed_differences() -> None:
    """Over all tables: a new difference fails, and so does one that has vanished."""
    found = {
        (table.file, network, cell.row, cell.column, cell.verdict)
        for network in printed_networks()
        for table in join(network, models.graph)
        for cell in table.cells
        if cell.verdict != "exact"
    }
    listed = [
        (row["file"], network, row["row"], row["column"], row["verdict"])
        for row in read("differences.csv")
        for network in row["networks"].split()
    ]
    assert sorted(found) == sorted(listed)
    assert all(row["reason"] for row in read("differences.csv"))


NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
EQUATION = re.compile(rf"(\(?{NUMBER}(?:(?: \+ | - |·|/)\(*{NUMBER}\)*)+) = ({NUMBER})")


@pytest.mark.parametrize("reason", sorted({row["reason"] for row in read("differences.csv")}))
def test_the_arithmetic_of_a_reason(reason: str) -> None:
    """Each equation holds; a result printed with decimals is a rounded one."""
    equations = EQUATION.findall(reason)
    assert len(equations) == reason.count(" = ") > 0
    for left, right in equations:
        terms = re.sub(r"[\d.]+", r"Fraction('\g<0>')", left.replace(",", "").replace("·", "*"))
        decimals = len(right.partition(".")[2])
        off = abs(eval(terms, {"Fraction": Fraction}) - Fraction(right.replace(",", "")))
        assert off <= (Fraction(1, 2 * 10**decimals) if decimals else 0), (left, right)


def test_the_tables_fit_together() -> None:
    """Every column described is there, every network is the zoo's, and no table is forgotten."""
    described = {row["file"] for row in read("columns.csv")}
    listed = {row["file"] for row in read("index.csv")}
    others = {"index.csv", "columns.csv", "differences.csv", "keras_googlenet_summary.csv", "no_estimate.csv"}
    assert described == listed == {path.name for path in folder().glob("*.csv")} - others
    for row in read("columns.csv"):
        assert row["column"] in read(row["file"])[0]
    assert set(printed_networks()) <= {network.name for network in zoo.all_networks()}


def test_the_columns_of_the_table_command() -> None:
    table = published("googlenet")
    assert table is not None
    assert (table.cells["params"]["conv1"], table.cells["ops"]["linear"]) == ("2.7K", "1M")
    lenet = published("lenet5")
    assert lenet is not None
    assert "total" not in lenet.cells["params"]
    assert published("inception_bn") is None
    assert published("vgg16") is None


def test_a_network_without_a_table() -> None:
    with pytest.raises(CostcalcError, match="no paper's table has nin; there are tables for alexnet_paper, caffenet,"):
        join("nin", models.graph)
