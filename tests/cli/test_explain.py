import json

import pytest
from command import printed, refused
from reading import read

KEYS = [
    "schema", "model", "layer", "op", "settings", "inputs", "outputs", "weights", "params", "mult_adds", "activations",
    "activation_bytes", "active_params", "buffer_bytes", "buffers", "bytes_moved", "checkpointed_mult_adds",
    "copied_bytes", "field_offset", "frozen_params", "intensity", "param_bytes", "peak_memory", "peak_memory_last_use",
    "receptive_field", "saved_for_backward", "total_stride", "train_mult_adds", "trainable_params",
    "status", "symbols", "formula", "counts", "reasons", "formulas",
]  # fmt: skip


def test_the_5x5_of_inception_3a() -> None:
    text = printed("explain", "googlenet", "inception_3a.5x5")
    assert "C_out·H_out·W_out·C_in·k_h·k_w" in text
    rows = {row[0]: row for row in read(text, "text")}
    assert rows["mult-adds"][1:3] == ["10,035,200", "32·28·28·16·5·5"]
    assert rows["torchinfo"][1] == "10,060,288"  # and a bias at each of 28·28 positions for each of 32 channels
    assert {"flopcounter", "fvcore", "torchinfo"} <= set(rows)


def test_the_schema() -> None:
    said = json.loads(printed("explain", "googlenet", "inception_3a.5x5", "--format", "json"))
    assert list(said) == KEYS
    assert (said["schema"], said["op"], said["status"]) == (1, "conv", "counted")
    assert said["formula"] == "32·28·28·16·5·5 = 10,035,200"
    assert said["weights"] == {"inception_3a.5x5.weight": [32, 16, 5, 5], "inception_3a.5x5.bias": [32]}
    assert (said["params"], said["mult_adds"]) == (32 * 16 * 5 * 5 + 32, 10_035_200)
    assert said["counts"]["flopcounter"] == 20_070_400


def test_named_tools_only() -> None:
    rows = read(printed("explain", "googlenet", "pool1", "--convention", "fvcore", "--convention", "fvcore"), "text")
    assert [row[0] for row in rows[1:] if row[0]] == ["mult-adds", "bytes moved", "fvcore"]
    assert rows[1][1:4] == ["0", "by convention", "no multiply-add here"]


def test_a_head_is_not_run_in_eval() -> None:
    rows = read(printed("explain", "googlenet_aux", "aux_4a.conv"), "text")
    trained = ["checkpointed mult-adds", "train mult-adds"]  # the same in every mode
    assert {row[1] for row in rows[1:] if row[0] not in trained} == {"not run"}
    said = json.loads(printed("explain", "googlenet_aux", "aux_4a.conv", "--format", "json"))
    assert (said["status"], set(said["counts"].values())) == ("not run", {None})
    rows = read(printed("explain", "googlenet_aux", "aux_4a.conv", "--mode", "train"), "text")
    assert rows[1][1] == f"{128 * 4 * 4 * 512:,}"


def test_a_batch_is_a_factor() -> None:
    assert "4·1024·1000" in printed("explain", "googlenet", "linear", "--batch", "4")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "missing argument 'MODEL'; see: costcalc explain --help"),
        (["googlenet"], "missing argument 'LAYER'; see: costcalc explain --help"),
        (["googlnet", "conv1"], "unknown network 'googlnet'; did you mean googlenet"),
        (["googlenet", "inception_3"], "googlenet has no layer or block 'inception_3'; did you mean inception_3b, inc"),
        (
            ["googlenet", "inception_3a.5×5"],
            "googlenet has no layer or block 'inception_3a.5×5'; did you mean inception_3a.5x5",
        ),
        (["googlenet", ""], "googlenet has no layer or block ''; see: costcalc table MODEL --depth layer"),
        (["googlenet", "a" * 9999], "googlenet has no layer or block 'aaa"),
        (["googlenet", "pool1", "--convention", "x"], "unknown convention 'x'; there are "),
        (["googlenet", "pool1", "pool2"], "got unexpected extra argument (pool2); see: costcalc explain --help"),
    ],
)
def test_bad_input(arguments: list[str], line: str) -> None:
    assert refused("explain", *arguments).startswith(line)
