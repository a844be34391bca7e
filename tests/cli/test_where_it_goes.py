"""costcalc table shows where the cost lies: the depth, equal blocks as one row, shares, order and the largest rows."""

import csv
import io
import json

import pytest
from command import printed, refused
from reading import read

import costcalc
from costcalc.analysis.depth import telling_depth
from costcalc.analysis.folding import folded
from costcalc.spec import Tensor, block, conv, linear, relu, trace
from costcalc.spec.trace import Graph


@block
def mlp(x: Tensor, width: int) -> Tensor:
    return linear(relu(linear(x, "up", 4 * width)), "down", width)


def stacked(x: Tensor, widths: list[int]) -> Tensor:
    """A network like a transformer: equal blocks, one after another."""
    for number, width in enumerate(widths):
        x = mlp(x, f"body.layers.{number}", width)
    return linear(x, "head", 10)


def stack(*widths: int) -> Graph:
    return trace(lambda x: stacked(x, [*widths]), (1, 8))


def names(*arguments: str) -> list[str]:
    return [row[0] for row in read(printed("table", *arguments), "text")[1:-1]]


def test_equal_neighbours_are_one_row_with_their_sum() -> None:
    """Each block: 8·32 + 32 and 32·8 + 8 params, 8·32 and 32·8 mult-adds."""
    cost = costcalc.cost(stack(8, 8, 8))
    rows = {row.name: row for row in folded(cost.by_block(4)).rows}
    assert list(rows) == [
        "body.layers.0-2.up (3x)",
        "body.layers.0-2.up_relu (3x)",
        "body.layers.0-2.down (3x)",
        "head",
    ]
    up = rows["body.layers.0-2.up (3x)"]
    assert (up.op, up.outputs, up.params, up.macs) == ("linear", ((1, 32),), 3 * (8 * 32 + 32), 3 * 8 * 32)
    assert sum(row.params for row in rows.values()) == cost.params


def test_only_equal_neighbours_are_one_row() -> None:
    """The second block of width 16 reads 16 and not 8; the last of width 8 is not a neighbour of the first."""
    rows = [row.name for row in folded(costcalc.cost(stack(8, 16, 16, 16, 8, 8)).by_block(3)).rows]
    assert rows == ["body.layers.0", "body.layers.1", "body.layers.2-3 (2x)", "body.layers.4", "body.layers.5", "head"]


def test_blocks_whose_numbers_do_not_follow_each_other_stay_apart() -> None:
    def net(x: Tensor) -> Tensor:
        for name in ("a1", "a2", "b3", "a5", "a6", "a8"):
            x = linear(x, name, 8)
        return x

    rows = [row.name for row in folded(costcalc.cost(trace(net, (1, 8))).by_block()).rows]
    assert rows == ["a1-2 (2x)", "b3", "a5-6 (2x)", "a8"]


def test_equal_blocks_within_equal_blocks() -> None:
    def net(x: Tensor) -> Tensor:
        for outer in range(2):
            for inner in range(3):
                x = mlp(x, f"stages.{outer}.blocks.{inner}", 8)
        return x

    rows = [row.name for row in folded(costcalc.cost(trace(net, (1, 8))).by_block(5)).rows]
    assert rows == [f"stages.0-1.blocks.0-2.{layer} (6x)" for layer in ("up", "up_relu", "down")]


@pytest.mark.parametrize(
    ("model", "depth"),
    [
        ("googlenet", 1),  # inception blocks
        ("resnet50", 1),  # layer1 to layer4
        ("vgg16", 2),  # features and classifier hold everything
        ("alexnet", 2),
        ("lenet5", 1),  # each row is one layer
    ],
)
def test_the_depth_that_shows_where_the_cost_lies(model: str, depth: int) -> None:
    assert telling_depth(costcalc.cost(model)) == depth


def test_depth_goes_on_through_a_block_that_holds_everything() -> None:
    """body, body.layers and two kinds of layers in equal blocks: 95 % of the cost is in up and down."""
    cost = costcalc.cost(stack(64, 64, 64, 64, 64, 64))
    assert telling_depth(cost) == 4
    one = costcalc.cost(trace(lambda x: linear(x, "a.b.only", 10), (1, 8)))
    assert telling_depth(one) == 1


def test_vgg16_by_default() -> None:
    """13 convolutions and 3 linear layers, and a row for all others."""
    rows = names("vgg16")
    assert len(rows) == 13 + 3 + 1
    assert rows[-1] == "24 others"  # 15 relu, 5 pools, avgpool, flatten, 2 dropout
    assert names("vgg16", "--depth", "1") == ["features", "avgpool", "flatten", "classifier"]
    assert len(names("vgg16", "--unfold")) == 13 + 3 + 24
    lines = printed("table", "vgg16").splitlines()
    assert len(lines) <= 40
    assert all(len(line) <= 100 for line in lines)


def test_folded_rows_are_for_reading_and_data_has_each() -> None:
    assert "layer1.1-2.conv1 (2x)" in names("resnet50", "--depth", "layer")
    assert "equal neighbours" in printed("table", "resnet50", "--depth", "layer")
    assert "layer1.1-2.conv1 (2x)" not in names("resnet50", "--depth", "layer", "--unfold")
    said = json.loads(printed("table", "resnet50", "--depth", "layer", "--format", "json"))
    assert {"layer1.1.conv1", "layer1.2.conv1"} <= {row["name"] for row in said["rows"]}
    rows = csv.DictReader(io.StringIO(printed("table", "vgg16", "--format", "csv")))
    assert len([*rows]) == 13 + 3 + 24


def test_shares() -> None:
    """conv1 of GoogLeNet: 118,013,952 of 1,582,671,872 mult-adds are 7.457 %, 9,472 of 6,998,552 params 0.135 %."""
    header, first, *_ = read(printed("table", "googlenet", "--share"), "text")
    assert header.count("%") == 2
    assert [cell for cell in first if cell.endswith(" %")] == ["0.1 %", "7.5 %"]
    row = next(csv.DictReader(io.StringIO(printed("table", "googlenet", "--share", "--format", "csv"))))
    assert float(row["mult_adds_share"]) == 118_013_952 / 1_582_671_872
    said = json.loads(printed("table", "googlenet", "--share", "--format", "json"))["rows"]
    assert said[0]["params_share"] == 9_472 / 6_998_552
    assert sum(each["params_share"] for each in said) == pytest.approx(1)


def test_sorted_and_the_largest() -> None:
    rows = read(printed("table", "googlenet", "--sort", "params"), "text")
    params = [int(row[3].replace(",", "")) for row in rows[1:-1]]
    assert params == sorted(params, reverse=True)
    top = read(printed("table", "googlenet", "--top", "3"), "text")
    assert [row[0] for row in top[1:]] == ["conv2", "inception_3b", "inception_4e", "19 others", "total"]
    macs = top[0].index("mult-adds")
    numbers = [int(row[macs].replace(",", "")) for row in top[1:]]
    assert sum(numbers[:-1]) == numbers[-1] == 1_582_671_872
    said = json.loads(printed("table", "googlenet", "--top", "3", "--sort", "mult_adds", "--format", "json"))
    assert [row["name"] for row in said["rows"]] == ["conv2", "inception_3b", "inception_4e"]
    assert said["total"]["mult_adds"] == 1_582_671_872
    all_of_them = names("googlenet", "--top", "999")
    assert len(all_of_them) == 22


def test_bad_sort() -> None:
    line = refused("table", "googlenet", "--sort", "fvcore")
    assert line == "--sort 'fvcore': expected a column of this table, one of params, mult_adds"
    assert "is not a whole number" in refused("table", "googlenet", "--top", "0")


def test_macs_in_headings() -> None:
    for command in ("table lenet5", "compare lenet5 vgg11", "list --family vgg"):
        text = printed(*command.split(), "--say", "macs")
        assert "MACs" in text
        assert "mult-adds  " not in text
    assert "MACs (M)" in printed("compare", "lenet5", "vgg11", "--say", "macs", "--format", "tex", "--units", "M")
    assert "mult_adds" in printed("table", "lenet5", "--say", "macs", "--format", "csv")


def small(x: Tensor) -> Tensor:
    return conv(x, "conv", 4, k=3)


def test_names_in_latex() -> None:
    text = printed("compare", "googlenet_bn", "vgg16 label=VGG-16", "--format", "latex")
    assert " googlenet bn " in text
    assert " VGG-16 " in text
    assert "googlenet\\_bn &" not in text
