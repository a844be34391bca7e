import json
from typing import Any

import pytest
from command import printed, refused
from reading import column, read, total

ROW = ["name", "op", "inputs", "output", "params", "mult_adds", "activations", "formula", "status", "counts"]


def data(*arguments: str) -> Any:
    return json.loads(printed("table", *arguments, "--format", "json"))


def test_the_schema() -> None:
    said = data("googlenet_aux", "--depth", "layer", "--convention", "fvcore", "--convention", "torchinfo")
    assert list(said) == ["schema", "model", "input", "batch", "mode", "rows", "total"]
    about = [said[key] for key in ("schema", "model", "input", "batch", "mode")]
    assert about == [1, "googlenet_aux", [3, 224, 224], 1, "eval"]
    for row in said["rows"]:
        assert list(row) == ROW
        assert all(type(row[key]) is int for key in ("params", "mult_adds", "activations"))
        assert all(type(size) is int for size in row["output"])
        assert row["status"] in ("counted", "zero", "not run")
        assert (row["formula"] is None) == (row["status"] != "counted")
        assert list(row["counts"]) == ["fvcore", "torchinfo"]
        assert all(count is None or type(count) is int for count in row["counts"].values())
    totals = said["total"]
    assert (totals["params"], totals["mult_adds"], totals["status"]) == (13_378_280, 1_582_671_872, "complete")
    for key in ("params", "mult_adds", "activations"):
        assert totals[key] == sum(row[key] for row in said["rows"])
    for tool, count in totals["counts"].items():
        assert type(count) is int
        assert count == sum(row["counts"][tool] or 0 for row in said["rows"])


def test_each_status_and_what_it_comes_with() -> None:
    rows = {row["name"]: row for row in data("googlenet_aux", "--depth", "layer", "--convention", "torchinfo")["rows"]}
    first, pool, head = rows["conv1.7x7"], rows["pool1"], rows["aux_4a.conv"]
    assert first["formula"] == "64·112·112·3·7·7 = 118,013,952"
    assert (first["inputs"], first["output"], first["status"]) == (["input"], [1, 64, 112, 112], "counted")
    assert (pool["mult_adds"], pool["status"], pool["counts"]) == (0, "zero", {"torchinfo": 0})
    assert (head["params"], head["mult_adds"], head["status"]) == (65_664, 0, "not run")
    assert head["counts"] == {"torchinfo": None}
    assert rows["flatten"]["counts"] == {"torchinfo": None}  # a function: torchinfo looks at modules


def test_an_unknown_op_is_null_and_the_total_a_lower_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    from costcalc import models
    from costcalc.spec import Facts, conv, trace
    from costcalc.spec.rules import RULES
    from costcalc.spec.trace import op

    @op
    def riddle(x: tuple[int, ...]) -> Facts:
        return Facts(outputs=(x,), macs=None)

    monkeypatch.delitem(RULES, "riddle")
    graph = trace(lambda x: riddle(conv(x, "c", 4, k=1)), (1, 3, 5, 5), name="odd")
    monkeypatch.setattr(models, "read", lambda request: graph)
    said = data("odd", "--depth", "layer")
    assert (said["rows"][1]["mult_adds"], said["rows"][1]["status"]) == (None, "unknown")
    assert (said["total"]["mult_adds"], said["total"]["status"]) == (300, "lower bound")
    text = printed("table", "odd")
    assert "unknown" in text
    assert "≥ 300" in text
    assert "The total is a lower bound, at least 300 mult-adds: unknown is riddle, in c_riddle." in text


@pytest.mark.parametrize("depth", ["1", "2", "999999999", "layer", "op"])
def test_every_depth_has_the_same_total(depth: str) -> None:
    grid = read(printed("table", "googlenet", "--depth", depth), "text")
    assert sum(column(grid, "params")) == total(grid, "params") == 6_998_552
    assert sum(column(grid, "mult-adds")) == total(grid, "mult-adds") == 1_582_671_872


def test_what_a_row_is() -> None:
    assert read(printed("table", "vgg16", "--depth", "op"), "text")[0] == ["op", "params", "mult-adds"]
    layer = read(printed("table", "vgg16", "--depth", "layer"), "text")
    assert layer[0] == ["layer", "op", "output", "params", "mult-adds", "connected to"]
    assert layer[2][-1] == layer[1][0]


def test_classes_batch_and_input() -> None:
    """A classifier of 10 has 990 rows of 1024 weights and a bias less; at twice the side, convolutions cost 4 times."""
    own = data("googlenet")
    assert data("googlenet", "--classes", "10")["total"]["params"] == 6_998_552 - 990 * 1025
    assert data("googlenet", "--batch", "20")["total"]["mult_adds"] == 20 * 1_582_671_872
    large = data("googlenet", "--input", "3X448x448")
    assert (large["input"], large["total"]["params"]) == ([3, 448, 448], 6_998_552)
    assert large["total"]["mult_adds"] - 1_024_000 == 4 * (own["total"]["mult_adds"] - 1_024_000)


def test_the_heads_run_in_training() -> None:
    assert "not run" in printed("table", "googlenet_aux")
    assert "not run" not in printed("table", "googlenet_aux", "--mode", "train")
    assert data("googlenet_aux", "--mode", "train")["total"]["mult_adds"] == 1_591_044_096


def test_a_tool_named_twice_is_one_column() -> None:
    header = read(printed("table", "vgg11", "--convention", "fvcore", "--convention", "fvcore"), "text")[0]
    assert header.count("fvcore") == 1


# Chen & Mo's reproduction of GoogLeNet, figures 16 and 17 (captions swapped there), at batch 20.
@pytest.mark.parametrize(
    ("network", "lines"),
    [
        ("googlenet_bn", ["31.82", "12.04", "1034.49", "53.54", "1100.08"]),
        ("vgg16", ["309.68", "12.04", "2169.07", "553.43", "2734.55"]),
    ],
)
def test_torchinfos_lines_below_the_total(network: str, lines: list[str]) -> None:
    text = printed("table", network, "--batch", "20", "--mode", "train", "--convention", "torchinfo")
    below = text.partition("\ntotal ")[2].splitlines()[1:]
    shown = [line.rpartition(" ")[2] for line in below if line.startswith("  ")]
    assert shown == lines


@pytest.mark.parametrize(
    ("network", "line"),
    [
        ("googlnet", "unknown network 'googlnet'; did you mean googlenet, googlenet_bn, googlenet_aux?"),
        ("vgg 16", "unknown network 'vgg 16'; did you mean vgg16"),
        ("googlénet", "unknown network 'googlénet'; did you mean googlenet"),
        ("googlenet.py", "unknown network 'googlenet.py'; did you mean googlenet"),
        ("googlenet\nx", r"unknown network 'googlenet\nx'; did you mean googlenet"),
        *((name, f"unknown network {name!r}; 'costcalc list' shows the networks there are")
          for name in ("", "../x", "a/b", "__init__", "..", "网络", "\x1b[31m", "\udcff")),
    ],
)  # fmt: skip
def test_no_such_network(network: str, line: str) -> None:
    assert refused("table", network).startswith(line)


def test_a_very_long_name_is_cut() -> None:
    assert len(refused("table", "a" * 100_000)) < 400


def test_too_small_an_input_names_the_layer_and_the_sizes_that_work() -> None:
    line = refused("table", "vgg16", "--input", "3x16x16")
    assert "vgg16 does not work at input 3x16x16: layer 'features.30' (max_pool, input 512x1x1)" in line
    assert line.endswith("sizes that work: 3x32x32 and larger")


@pytest.mark.parametrize("size", ["3x224", "3x224x224x224", "3"])
def test_too_few_or_too_many_axes(size: str) -> None:
    assert "takes an input like 3x224x224" in refused("table", "vgg16", "--input", size)


def test_a_huge_input_is_counted_or_refused_at_once() -> None:
    assert data("vgg16", "--input", "3x99999999x99999999")["total"]["params"] == 138_357_544
    assert "sizes that work: 3x223x223 to 3x270x270" in refused("table", "googlenet_aux", "--input", "3x99999999x9999")


@pytest.mark.parametrize("depth", ["0", "", "-1", "1.5", "٢", "block"])
def test_no_such_depth(depth: str) -> None:
    assert refused("table", "vgg16", "--depth", depth) == (
        f"invalid value for '--depth': {depth!r}: expected auto, layer, op or a whole number from 1 to 999999999"
    )


@pytest.mark.parametrize("name", ["foo", "", "../x", "__init__", "convention"])
def test_no_such_convention(name: str) -> None:
    line = refused("table", "vgg16", "--convention", name)
    assert line.startswith(f"unknown convention {name!r}; there are ")
    assert "fvcore" in line
