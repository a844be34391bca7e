"""A name that is nearly right: one line says which one was meant, and the exit code is 2. In every command."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import numpy
import pytest
from command import refused

import costcalc
from costcalc.spec.near import hinted, nearest, no_file

HINTS = {
    "tabel googlenet": "table",
    "table googlenet --colums params": "--columns",
    "table googlenet --colums=params": "--columns",
    "list --famly vgg": "--family",
    "sweep mobilenet_v1 --widht 0.5": "--width",
    "bottleneck 192x28x28 --out 32 --kernl 5": "--kernel",
    "claims --formt json": "--format",
    "compare googlenet vgg16 --no-ratio": "--no-ratios",
    "plot layer googlenet": "layers",
    "table googlnet": "googlenet, googlenet_bn, googlenet_aux",
    "table GoogLeNt": "googlenet, googlenet_bn, googlenet_aux",
    "diff googlenet vgg61": "vgg19, vgg16, vgg13",
    "published googlnet": "googlenet, googlenet_bn, googlenet_aux",
    "export googlnet": "googlenet, googlenet_bn, googlenet_aux",
    "formula googlnet": "googlenet, googlenet_bn, googlenet_aux",
    "search googlnet --free classes=5,6": "googlenet, googlenet_bn, googlenet_aux",
    "verify googlnet": "googlenet, googlenet_bn, googlenet_aux",
    "explain googlenet incepton_3a.5x5": "inception_3a.5x5, inception_5a.5x5, inception_4a.5x5",
    "explain googlenet CONV1.7X7X": "conv1.7x7",
    "table googlenet --columns parms": "params",
    "table googlenet --columns params,fvcor": "fvcore",
    "table googlenet --sort parms": "params",
    "list --sort famly": "family",
    "list --family resnt": "resnet",
    "table googlenet --convention fvcor": "fvcore",
    "reconcile googlenet --convention torchinf": "torchinfo",
    "conventions fvcor": "fvcore",
    "table googlenet --columns bound --on a100_40g": "a100_40gb",
    "roofline googlenet --on h10": "h100_pcie",
    "time vgg11 --on a100_4gb": "a100_40gb",
    "table googlenet --dtype float61": "float64",
    "roofline vgg11 --on a100_40gb --dtype fp61": "fp64",
    "table googlenet --input 3x224x224:float23": "float32",
    "memory googlenet --dtype flot32": "float32",
    "table googlenet --format markdwn": "markdown",
    "inspect googlenet --format htm": "html",
    "table googlenet --mode trian": "train",
    "table 'googlenet mode=trian'": "train",
    "table googlenet --depth laer": "layer",
    "diff googlenet vgg16 --depth layr": "layer",
    "table googlenet --say mac": "macs",
    "memory googlenet --optimizer adm": "adam",
    "verify googlenet --device cda": "cuda",
    "calibrate --device cup": "cpu",
    "verify vgg11 --tools fvcor": "fvcore",
    "table mobilenet_v1 --arg alhpa=0.5": "alpha",
    "table 'googlenet bacth=2'": "batch",
    "sweep mobilenet_v1 --arg alpa=0.5,1": "alpha",
    "search googlenet --free percnt=1:3": "percent",
    "search vgg11 --free classes=5,6 --where 'parms<=5M'": "params",
    "search vgg11 --free classes=5,6 --maximize parms": "params",
    "check googlenet --budget parms=5M": "params",
    "diff googlenet vgg16 --fail-over parms=5%": "params",
    "inspect googlenet --by parms": "params",
    "plot layers googlenet --by parms -o x.pdf": "params",
    "plot compare googlenet vgg16 --x parms -o x.pdf": "params",
    "plot layers googlenet --venue neurps -o x.pdf": "neurips",
}


@pytest.mark.parametrize("words", HINTS)
def test_what_was_meant(words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    line = refused(*shlex.split(words))
    assert f"did you mean {HINTS[words]}" in line.replace("'", "")
    assert list(tmp_path.iterdir()) == []


FILES = {
    "nett.py:Net": "there is no file 'nett.py'; did you mean net.py?",
    "net.py:Nte": "'net.py' has no callable 'Nte'; did you mean Net?",
    "graf.json": "there is no file 'graf.json'; did you mean graph.json?",
    "modle.onnx": "there is no file 'modle.onnx'; did you mean model.onnx?",
    "model.onx": "there is no file 'model.onx'; did you mean model.onnx?",
    "data/depe.json": "there is no file 'data/depe.json'; did you mean data/deep.json?",
    "nowhere/x.json": "there is no file 'nowhere/x.json'",
    "torchvison:resnet50": "did you mean torchvision?",
    "torchvision:resnt50": "did you mean resnet50, ",
    "timm:resnt50": "did you mean resnet50, ",
}


@pytest.mark.parametrize("model", FILES)
def test_files_and_libraries(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torchvision")
    pytest.importorskip("timm")
    pytest.importorskip("onnx")
    (tmp_path / "data").mkdir()
    for name in ("net.py", "graph.json", "model.onnx", "data/deep.json"):
        (tmp_path / name).write_text("class Net: pass\n" if name == "net.py" else "")
    monkeypatch.chdir(tmp_path)
    assert FILES[model] in refused("table", model, "--input", "3x8x8")


PROJECTS = {
    '[tool.costcalc.budgets.googlnet]\nparams = "5M"': "unknown network 'googlnet'; did you mean googlenet",
    '[tool.costcalc.budgets.googlenet]\nparms = "5M"': "unknown column 'parms'; did you mean params?",
    "[tool.costcalc]\nbudgts = {}": "has no setting 'budgts'; did you mean budgets?",
    '[tool.costcalc.budgets.vgg11]\nbound = "5ms"\non = "a100_40g"': "did you mean a100_40gb?",
}


@pytest.mark.parametrize("text", PROJECTS)
def test_budgets_of_a_project(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert PROJECTS[text] in refused("check")


def test_what_is_near() -> None:
    assert nearest("ResNt", ["resnet", "vgg", "ResNet50"]) == ["resnet", "ResNet50"]
    assert nearest("h1", ["h100_pcie", "h100_sxm", "a100"]) == ["h100_pcie", "h100_sxm"]  # as a beginning
    assert nearest("h", ["h100_pcie"]) == nearest("", ["a"]) == nearest("xyz", ["a"]) == []
    assert hinted("no x", "ab", ["abc"], "there is abc") == "no x; did you mean abc? there is abc"
    assert hinted("no x", "zz", ["abc"], "there is abc") == "no x; there is abc"
    assert hinted("no x", "zz", ["abc"], otherwise="see --help") == "no x; see --help"
    assert hinted("no x", None, ["abc"]) == "no x"
    assert no_file("\0") == r"there is no file '\x00'"


SIZES = numpy.array([224, 256])

MISUSE: dict[str, Any] = {
    "explain": lambda: costcalc.explain("googlenet", "conv1", input=(3, SIZES, 224)),
    "memory": lambda: costcalc.memory("googlenet", input=(3, SIZES, 224)),
    "inspect": lambda: costcalc.inspect("googlenet", input=(3, SIZES, 224)),
    "reconcile": lambda: costcalc.reconcile("googlenet", input=(3, SIZES, 224)),
    "diff": lambda: costcalc.diff("googlenet", "vgg11", input=(3, SIZES, 224)),
    "roofline": lambda: costcalc.roofline("googlenet", on="a100_40gb", input=(3, SIZES, 224)),
    "plot": lambda: costcalc.plot_layers("googlenet", input=(3, SIZES, 224)),
    "paper": lambda: costcalc.paper("googlenet", input=(3, SIZES, 224)),
    "json": lambda: costcalc.table("googlenet", input=(3, SIZES, 224)).render("json"),
    "shapes": lambda: costcalc.cost("vgg11", input=(3, SIZES, numpy.arange(32, 37))),
    "floats": lambda: costcalc.cost("vgg11", input=(3, SIZES * 1.0, 224)),
    "a text": lambda: costcalc.cost("vgg11", input="3x224x224"),
}


@pytest.mark.parametrize("case", MISUSE)
def test_arrays_where_numbers_are_needed(case: str) -> None:
    with pytest.raises(costcalc.CostcalcError):
        MISUSE[case]()


def test_arrays_where_they_may_be() -> None:
    """The ratio of two columns of arrays is left out; LaTeX prints arrays as they are."""
    report = costcalc.compare("googlenet", "vgg16", input=(3, SIZES, SIZES))
    assert "[1582671872 2066849792]" in report.render()
    assert "19.8x" in report.render()
    assert "1582671872 2066849792" in costcalc.table("googlenet", input=(3, SIZES, SIZES)).render("latex")
