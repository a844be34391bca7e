"""Files, folders and streams that are not a MODEL: one line says which are, and how to get there."""

from pathlib import Path

import pytest
from command import printed, refused

import costcalc
from costcalc.spec import CostcalcError

READ = "is not read: files that are read end in .onnx or .json, and code is named like file.py:callable"
PYTHON = "load the model in a Python file and name it, like net.py:callable, or write an ONNX file"
KERAS = "load the model in a Python file, with KERAS_BACKEND=torch, and name it, like net.py:callable"


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        ("net.pt", PYTHON),
        ("folder/net.PTH", PYTHON),
        ("net.safetensors", PYTHON),
        ("net.gguf", PYTHON),
        ("net.tar.gz", "like net.tar.py:callable"),
        ("net.keras", KERAS),
        ("net.H5", KERAS),
        ("net.tflite", "python -m tf2onnx.convert --tflite net.tflite --output net.onnx"),
        ("NET.ONNX", "rename it to NET.onnx"),
        ("net.Json", "rename it to net.json"),
        ("net.PY", "rename it to net.py"),
        ("/dev/stdin", "write what it gives to a file"),
        ("net.pt width=3", PYTHON),
    ],
)
@pytest.mark.parametrize("command", ["table", "verify"])
def test_one_line(command: str, model: str, hint: str) -> None:
    line = refused(command, model)
    assert line.startswith(f"{model.removesuffix(' width=3')!r} {READ}; ")
    assert hint in line


def test_standard_input_and_folders(tmp_path: Path) -> None:
    assert refused("table", "--", "-").startswith(f"'-' {READ}; write what it gives to a file")
    assert refused("table", f"{tmp_path}/").startswith(f"'{tmp_path}/' {READ}; ")
    with pytest.raises(CostcalcError, match="rename it to"):
        costcalc.cost(tmp_path / "net.Onnx", input=(3, 8, 8))


def test_a_network_stays_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also beside a folder of its name; a wrong name of one is no file."""
    (tmp_path / "lenet5").mkdir()
    monkeypatch.chdir(tmp_path)
    assert printed("table", "lenet5").startswith("lenet5: input")
    assert refused("table", "lenet6").startswith("unknown network 'lenet6'; did you mean lenet5")
