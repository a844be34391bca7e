import json

import pytest
from command import printed, refused
from reading import read

MODEL = ["model", "input", "batch", "mode", "params", "mult_adds", "activations", "status", "counts"]


def test_googlenet_and_vgg16() -> None:
    """138,357,544 / 6,998,552 and 15,470,264,320 / 1,582,671,872."""
    header, google, vgg = read(printed("compare", "googlenet", "vgg16"), "text")
    cell = dict(zip(header, vgg, strict=True))
    assert (cell["params"], cell["params ratio"]) == ("138,357,544", "19.8x")
    assert (cell["mult-adds"], cell["mult-adds ratio"]) == ("15,470,264,320", "9.77x")
    assert google[0] == "googlenet"


def test_the_schema() -> None:
    said = json.loads(printed("compare", "googlenet", "lenet5", "--convention", "fvcore", "--format", "json"))
    assert list(said) == ["schema", "batch", "mode", "models"]
    assert (said["schema"], said["batch"], said["mode"]) == (1, 1, "eval")
    assert [list(model) for model in said["models"]] == [MODEL, MODEL]
    first, second = said["models"]
    assert (first["params"], first["mult_adds"], first["status"]) == (6_998_552, 1_582_671_872, "complete")
    assert (first["input"], second["input"]) == ([3, 224, 224], [1, 32, 32])
    assert type(first["counts"]["fvcore"]) is int


def test_a_small_ratio_keeps_its_digits() -> None:
    assert "0.00857x" in printed("compare", "googlenet", "lenet5")  # 60,000 / 6,998,552


def test_batch_mode_and_conventions() -> None:
    text = printed("compare", "vgg11", "vgg16", "--batch", "20", "--mode", "train", "--convention", "torchinfo")
    assert text.startswith("vgg11, vgg16: batch 20, train mode: the forward pass alone (")
    header, *rows = read(text, "text")
    assert header[-1] == "torchinfo"
    assert f"{int(rows[1][-1].replace(',', '')) / 1e9:.2f}" == "309.68"  # Chen & Mo, figure 16


def test_a_note_is_told_once() -> None:
    assert printed("compare", "vgg16", "vgg16").count("The pool before the classifier") == 1


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "missing argument 'MODELS...'; see: costcalc compare --help"),
        (["googlenet"], "compare needs two models or more, like: costcalc compare googlenet vgg16"),
        (["googlenet", "vvg16"], "unknown network 'vvg16'; did you mean vgg16"),
        (["googlenet", ""], "unknown network ''"),
        (["vgg16", "vgg19", "--input", "3x16x16"], "vgg16 does not work at input 3x16x16: layer 'features.30'"),
    ],
)
def test_bad_input(arguments: list[str], line: str) -> None:
    assert refused("compare", *arguments).startswith(line)
