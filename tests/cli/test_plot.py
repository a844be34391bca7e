"""`costcalc plot`: the file and its numbers beside it, whole or not at all."""

from pathlib import Path

import pytest
from command import printed, refused

pytest.importorskip("matplotlib", reason="the extra plots is not installed")

COMMANDS = {
    "layers lenet5 --by params --depth layer": "name,params,share,status",
    "compare lenet5 alexnet --bubble none": "model,family,input,batch,params,mult_adds,status",
    "compare lenet5 alexnet --y bound --on a100": "model,family,input,batch,params,bound,peak_memory,status",
    "roofline lenet5 --on a100 --dtype fp16": "name,op,mult_adds,bytes_moved,intensity,bound",
    "sweep alexnet --input 224:288:32 --batch 1,2": "batch,input,mult_adds,note",
    "bottleneck 192x28x28 --out 32 --kernel 5 --by params": "variant,width,params",
}

BEGINS = {"pdf": b"%PDF-", "svg": b"<?xml", "png": b"\x89PNG"}


@pytest.mark.parametrize("ending", BEGINS)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_figure_and_its_numbers(command: str, ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"figure.{ending}"
    assert printed("plot", *command.split(), "-o", str(file)) == ""
    assert file.read_bytes().startswith(BEGINS[ending])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([f"figure.{ending}", "figure.csv"])
    assert (tmp_path / "figure.csv").read_text().startswith(COMMANDS[command])


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("-o figure.doc", "a figure needs a file that ends in .pdf, .svg or .png"),
        ("-o figure", "a figure needs a file that ends in"),
        ("", "a figure needs a file that ends in"),
        ("-o -", "a figure needs a file that ends in"),
        ("-o nowhere/figure.pdf", "its folder does not exist"),
        ("-o figure.pdf --venue neurips --columns 2", "a page of neurips has one column: 5.5 inches"),
        ("-o figure.pdf --columns 2", "a figure without a venue has one column"),
        ("-o figure.pdf --columns 3", "'3' is not one of '1', '2'"),
        ("-o figure.pdf --venue aaai", "'neurips' or 'icml' or 'cvpr' or 'ieee'"),
        ("-o figure.pdf --by receptive_field", "a number per axis"),
        ("-o figure.pdf --by nothing", "unknown column 'nothing'"),
        ("-o figure.pdf --by time", "time is measured"),
        ("-o figure.pdf --by bound", "bound is computed for a device"),
    ],
)
def test_bad_input_writes_nothing(words: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert line in refused("plot", "layers", "lenet5", *words.split())
    assert list(tmp_path.iterdir()) == []


def test_other_bad_input(tmp_path: Path) -> None:
    file = str(tmp_path / "figure.pdf")
    assert "two models or more" in refused("plot", "compare", "lenet5", "-o", file)
    assert "a roofline needs a device" in refused("plot", "roofline", "lenet5", "-o", file)
    assert "nothing to sweep" in refused("plot", "sweep", "lenet5", "-o", file)
    assert "no such command 'layer'" in refused("plot", "layer", "lenet5", "-o", file)
    folder = tmp_path / "taken.csv"
    folder.mkdir()
    assert "is a folder" in refused("plot", "layers", "lenet5", "-o", str(tmp_path / "taken.pdf"))
    assert not (tmp_path / "taken.pdf").exists()
