import json

import pytest
from command import printed, refused
from reading import read

from costcalc import zoo


def test_every_network_is_listed_once() -> None:
    grid = read(printed("list"), "text")
    assert sorted(row[0] for row in grid[1:]) == sorted(network.name for network in zoo.all_networks())
    rows = {row[0]: dict(zip(grid[0], row, strict=True)) for row in grid[1:]}
    google, vgg = rows["googlenet"], rows["vgg16"]
    assert (google["params"], google["mult-adds"]) == ("6,998,552", "1,582,671,872")
    assert (vgg["params"], vgg["mult-adds"]) == ("138,357,544", "15,470,264,320")
    assert (google["year"], google["family"], google["input"]) == ("2014", "googlenet", "3x224x224")


def test_the_schema() -> None:
    said = json.loads(printed("list", "--family", "vgg", "--format", "json"))
    assert list(said) == ["schema", "models"]
    assert said["schema"] == 1
    for model in said["models"]:
        assert list(model) == ["name", "family", "year", "params", "mult_adds", "input", "source"]
        assert all(type(model[key]) is int for key in ("year", "params", "mult_adds"))
        assert model["input"] == [3, 224, 224]
        assert model["source"]


@pytest.mark.parametrize(("by", "key"), [("params", "params"), ("mult-adds", "mult_adds"), ("year", "year")])
def test_sorted_by(by: str, key: str) -> None:
    said = json.loads(printed("list", "--family", "vgg", "--family", "alexnet", "--sort", by, "--format", "json"))
    keys = [model[key] for model in said["models"]]
    assert keys == sorted(keys)
    assert {model["family"] for model in said["models"]} == {"vgg", "alexnet"}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--sort", "size"], "--sort 'size': expected one of name, family, year, input, params, mult-adds, source"),
        (["--sort", ""], "--sort '': expected one of name"),
        (["--family", "vggg"], "unknown family 'vggg'; did you mean vgg? there are alexnet, "),
        (["--family", "../x"], "unknown family '../x'; there are "),
        (["googlenet"], "got unexpected extra argument (googlenet); see: costcalc list --help"),
    ],
)
def test_bad_input(arguments: list[str], line: str) -> None:
    assert refused("list", *arguments).startswith(line)
