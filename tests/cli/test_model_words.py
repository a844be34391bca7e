"""A MODEL with its own options and arguments in one word, and inputs that code gives."""

import json
from pathlib import Path
from typing import Any

import pytest
from command import printed, refused

OWN = """
import torch
from torch import nn

class Rep(nn.Module):
    def __init__(self, width=4, deploy=False, input=3, sizes=()):
        super().__init__()
        self.a = nn.Conv2d(input, width, 3, padding=1)
        self.b = None if deploy else nn.Conv2d(input, width, 1)

    def forward(self, x, scale=1):
        return (self.a(x) if self.b is None else self.a(x) + self.b(x)) * scale

class Graphs(nn.Linear):
    def forward(self, x, edges):
        return super().forward(x)[edges[0]]

def example():
    return {"x": torch.randn(2, 3, 8, 8), "scale": 3}

image = torch.randn(2, 3, 8, 8)
shapes = [(3, 8, 8)]
number = 3

def needs(this):
    return this

def fails():
    raise ValueError("no")
"""

SIDE = 3 * 4 * (9 + 1)
"""Mult-adds of a Rep per pixel: a 3x3 and a 1x1 convolution of 3 channels to 4; without the second 3 * 4 * 9."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("words")
    for name in ("own.py", "with a space.py", "odd deploy=True.py"):
        (made / name).write_text(OWN, encoding="utf-8")
    return made


def compared(*words: str) -> Any:
    return json.loads(printed("compare", *words, "--format", "json"))["models"]


def total(*words: str) -> tuple[int, int]:
    """The batch and the mult-adds of a table."""
    said = json.loads(printed("table", *words, "--format", "json"))
    return said["batch"], said["total"]["mult_adds"]


def test_two_settings_of_one_model(folder: Path) -> None:
    own = f"{folder}/own.py:Rep"
    words = (own, f"{own} deploy=True input=3x64x64", "--input", "3x32x32")
    first, second = compared(*words)
    assert (first["model"], first["mult_adds"]) == (own, 32 * 32 * SIDE)
    assert (second["model"], second["mult_adds"]) == (f"{own} deploy=True", 64 * 64 * 3 * 4 * 9)
    assert printed("compare", *words).startswith(f"{own}, {own} deploy=True: batch 1, eval mode\n")


def test_its_own_beats_the_shared(folder: Path) -> None:
    """Width 8 for all; batch, mode and input of some."""
    own = f"{folder}/own.py:Rep"
    words = (f"{own} batch=2 label=my net", f"{own} width=4 arg.input=5 input=5x8x8 mode=train", "--input", "3x4x4")
    first, second = compared(*words, "--arg", "width=8")
    assert [first[key] for key in ("model", "batch", "mode", "input")] == ["my net", 2, "eval", [3, 4, 4]]
    assert first["mult_adds"] == 2 * 4 * 4 * 2 * SIDE
    assert [second[key] for key in ("model", "batch", "mode")] == [f"{own} width=4 input=5", 1, "train"]
    assert second["mult_adds"] == 8 * 8 * 5 * 4 * 10
    assert printed("compare", *words).startswith(f"my net, {own} width=4 input=5\n")


def test_networks_and_their_columns() -> None:
    """GoogLeNet's last layer has 1,024 inputs and a bias: 3 classes fewer are 3 * 1,025 params fewer."""
    first, second, third = compared("googlenet", "googlenet classes=997", "googlenet batch=2 label='two images'")
    assert second["model"] == "googlenet classes=997"
    assert first["params"] - second["params"] == 3 * 1025
    assert (third["model"], third["mult_adds"]) == ("two images", 2 * first["mult_adds"])


@pytest.mark.parametrize("file", ["own.py", "with a space.py", "odd deploy=True.py"])
def test_a_path_that_exists_stays_a_path(file: str, folder: Path) -> None:
    assert total(f"{folder}/{file}:Rep input=3x8x8") == (1, 64 * SIDE)
    assert total(f"{folder}/{file}:Rep deploy=True sizes=[1, 2]", "--input", "3x8x8") == (1, 64 * 3 * 4 * 9)


@pytest.mark.parametrize("command", ["table", "reconcile", "export", "explain"])
def test_every_command(command: str, folder: Path) -> None:
    layer = ["a"] if command == "explain" else []
    assert "my net" in printed(command, f"{folder}/own.py:Rep input=x=3x8x8 label=my net", *layer)


def test_verify_and_time(folder: Path) -> None:
    word = f"{folder}/own.py:Rep deploy=True inputs={folder}/own.py:example label=my net"
    assert "my net: all " in printed("verify", word, "--device", "cpu", "--tools", "flopcounter")
    assert "my net" in printed("time", word, "--device", "cpu", "--seconds", "0.01")


@pytest.mark.parametrize("name", ["example", "image"])
def test_inputs_that_code_gives(name: str, folder: Path) -> None:
    own = f"{folder}/own.py"
    assert total(f"{own}:Rep", "--inputs", f"{own}:{name}") == (2, 2 * 64 * SIDE)
    assert total(f"{own}:Rep inputs={own}:{name}") == (2, 2 * 64 * SIDE)
    assert total(f"{own}:Rep", "--inputs", f"{own}:shapes", "--batch", "5") == (5, 5 * 64 * SIDE)


def test_no_batch_axis(folder: Path) -> None:
    own = f"{folder}/own.py:Graphs"
    args = ["--arg", "in_features=16", "--arg", "out_features=8", "--input", "100x16", "--input", "2x1000:int64"]
    assert total(own, *args, "--batch", "none") == (None, 100 * 16 * 8)
    assert "input 100x16, 2x1000, no batch axis, eval mode" in printed("table", f"{own} batch=none", *args)


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("input=3y", "input: '3y' is not a size"),
        ("batch=0", "batch: '0' is not a whole number"),
        ("mode=x", "mode: 'x' is not one of"),
        ("batch=1 batch=2", "{own}: batch is given twice; give each option once"),
        ("a=1 a=2", "--arg a is given twice; give each argument once"),
        ("arg.=1", "arg: '=1' is not an argument"),
        (
            "widht=3 input=3x4x4",
            "{own}: got an unexpected keyword argument 'widht'; did you mean width? it takes width, deploy",
        ),
        ("input=3x4x4 inputs=a.py:b", "{own}: input and inputs both say what the inputs are; give one of them"),
        ("deploy", "has no callable 'Rep deploy'"),
        ("inputs={own}x", "has no callable 'Repx'"),
        ("inputs=3x4x4", "input '3x4x4' is not a shape, like (3, 224, 224)"),
        ("inputs={file}:number", "input 3 is not a shape, like (3, 224, 224)"),
        ("inputs={file}:needs", "{file}:needs: missing a required argument: 'this'; it takes this"),
        ("inputs={file}:fails", "{file}:fails fails when it is called: ValueError: no (own.py, line 29)"),
    ],
)
def test_one_line(word: str, line: str, folder: Path) -> None:
    file = f"{folder}/own.py"
    names = {"own": f"{file}:Rep", "file": file}
    assert line.format(**names) in refused("table", f"{file}:Rep {word.format(**names)}")
