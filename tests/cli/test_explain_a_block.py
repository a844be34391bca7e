"""Blocks as `costcalc explain` shows them, names that are a layer and a block, and the width of its text."""

import json
from pathlib import Path

import pytest
from command import printed, refused
from reading import column, read, total

from costcalc import zoo
from costcalc.analysis.cost import Cost
from costcalc.analysis.named import is_layer, named
from costcalc.spec import conv, relu, trace

THE_3X3 = 128 * 28 * 28 * 96 * 3 * 3
"""Mult-adds of the largest layer of inception_3a, whose row of the paper's table has 128M of them."""

FORMATS = ("text", "markdown", "csv", "latex", "html")


@pytest.mark.parametrize("format", FORMATS)
def test_the_layers_of_inception_3a_and_their_sums(format: str) -> None:
    grid = read(printed("explain", "googlenet", "inception_3a", "--format", format), format)
    by_layer = {row[0]: row for row in grid[1:]}
    assert by_layer["3x3"][4].replace(",", "") == str(THE_3X3)
    assert sum(column(grid, "params")) == 163_696  # 159 K of 1024, weights alone: Szegedy et al. 2015, Table 1
    assert sum(column(grid, "mult_adds" if format == "csv" else "mult-adds")) == 128_049_152  # 128M
    if format != "csv":
        assert (total(grid, "params"), total(grid, "mult-adds")) == (163_696, 128_049_152)


def test_the_share_and_the_largest_layer() -> None:
    text = printed("explain", "googlenet", "inception_3a")
    # 163,696 of 6,998,552; 128,049,152 of 1,582,671,872; 86,704,128 of 128,049,152
    assert "share     2.3% of the params, 8.1% of the mult-adds of the network" in text
    assert "largest   inception_3a.3x3: 67.7% of the block's mult-adds" in text
    said = json.loads(printed("explain", "googlenet", "inception_3a", "--format", "json"))
    assert (said["block"], said["largest"], len(said["layers"])) == ("inception_3a", "inception_3a.3x3", 14)
    assert said["share"] == {"params": 163_696 / 6_998_552, "mult_adds": 128_049_152 / 1_582_671_872}
    assert sum(each["mult_adds"] for each in said["layers"]) == said["mult_adds"] == 128_049_152


def test_blocks_at_any_depth_add_up_and_tools_are_columns() -> None:
    grid = read(printed("explain", "resnet50", "layer1.0.downsample", "--convention", "fvcore"), "text")
    convolution = 256 * 56 * 56 * 64
    assert [row[0] for row in grid[1:]] == ["0", "1", "total"]
    assert column(grid, "fvcore") == [convolution, 2 * 256 * 56 * 56]  # and 2 per element of the batch norm
    assert total(grid, "mult-adds") == convolution


def test_a_block_that_runs_in_training_only() -> None:
    assert "0% of the mult-adds" in printed("explain", "googlenet_aux", "aux_4a")
    assert "largest   aux_4a.fc: " in printed("explain", "googlenet_aux", "aux_4a", "--mode", "train")


def test_a_name_that_is_a_layer_and_a_block_is_the_layer() -> None:
    cost = Cost(trace(lambda x: relu(conv(x, "stem", 4, k=3), "stem.act"), (1, 3, 8, 8)))
    row = named(cost, "stem", "net")
    assert is_layer(row)
    assert row.op == "conv"
    assert not is_layer(named(Cost(zoo.find("googlenet").build()), "inception_3a", "googlenet"))
    alone = named(Cost(trace(lambda x: relu(x, "stem.act"), (1, 3))), "stem", "net")
    assert (is_layer(alone), [node.name for node in alone.nodes]) == (False, ["stem.act"])


def test_near_misses_over_both_and_the_model_as_it_was_typed(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    printed("export", "googlenet", "-o", str(file))
    line = refused("explain", f"{file} label=x", "inception_3A")
    assert line.startswith(f"{file} has no layer or block 'inception_3A'; did you mean inception_3a")
    assert "did you mean inception_3a.5x5" in refused("explain", "googlenet", "inception_3a.5x5x")


def test_mirrors_are_for_verbose() -> None:
    short = printed("explain", "googlenet", "conv1.7x7")
    assert "mirrors" not in short
    assert "fvcore.nn.jit_handles.conv_flop_jit" in printed("explain", "googlenet", "conv1.7x7", "--verbose")
    said = json.loads(printed("explain", "googlenet", "conv1.7x7", "--format", "json"))
    assert said["reasons"]["thop"] == "counts mult-adds, without the bias"


@pytest.mark.parametrize(
    ("model", "layer"),
    [
        ("googlenet", "inception_3a.5x5"), ("googlenet", "norm1"), ("lenet5", "c3.0"), ("googlenet", "inception_5b"),
        ("efficientnet_b0", "features.4.0.block.2.scale"), ("lenet5", "rbf"), ("vgg16", "features"),
    ],
)  # fmt: skip
def test_the_text_fits_100_columns(model: str, layer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    names = [node.name for node in zoo.find(model).build().nodes]
    found = layer if layer in names or any(name.startswith(f"{layer}.") for name in names) else names[-1]
    assert max(map(len, printed("explain", model, found).splitlines())) <= 100
