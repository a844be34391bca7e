"""`costcalc inspect`: a page or a drawing, by the ending of the file; bad input in one line."""

import subprocess
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command import printed, refused

import costcalc


def test_the_ending_chooses(tmp_path: Path) -> None:
    for name in ("a.html", "a.svg", "a"):
        assert printed("inspect", "lenet5", "-o", str(tmp_path / name)) == ""
    assert (tmp_path / "a.html").read_text() == (tmp_path / "a").read_text() == costcalc.inspect("lenet5").render()
    assert ElementTree.parse(tmp_path / "a.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_two_models(tmp_path: Path) -> None:
    text = printed("inspect", "lenet5", "lenet5_modern label=modern")
    assert "<h1>A: lenet5</h1>" in text
    assert "<h2>B: modern</h2>" in text


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("inspect lenet5 vgg11 alexnet", "expected one MODEL, or two"),
        ("inspect lenet5 vgg11 --format svg", "a drawing is of one MODEL"),
        ("inspect lenet5 --by nope", "by='nope': the page has params,"),
        ("inspect lenet5 --by bound", "by='bound': the page has params,"),
        ("inspect lenet", "unknown network 'lenet'"),
        ("inspect lenet5 -o /no/such/folder/page.html", "its folder does not exist"),
        ("inspect lenet5 -o page.txt", "page.txt: expected a file that ends in .html or .svg, or --format"),
        ("inspect lenet5 vgg11 -o page.pdf", "page.pdf: expected a file that ends in .html or .svg"),
        ("inspect lenet5 vgg11 --rev a..b", "or one with --rev"),
        ("inspect net.py:Net --rev a..b --format svg", "a drawing is of one MODEL"),
    ],
)
def test_bad_input(command: str, line: str) -> None:
    assert line in refused(*command.split())


def test_on_a_device() -> None:
    """The bound on a device is in the page, without a closed form; seconds if there are constants to predict them."""
    assert "predicted" in {each["key"] for each in costcalc.inspect("lenet5", by="bound", on="a100").data["quantities"]}
    data = costcalc.inspect("lenet5", by="bound", on="mi300x").data
    assert {each["key"] for each in data["quantities"] if each["fixed"]} >= {"bound"}
    assert "predicted" not in {each["key"] for each in data["quantities"]}
    assert "no estimate of times" in refused("inspect", "lenet5", "--on", "mi300x", "--by", "predicted")


def test_two_revisions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As two models: the network before and after a change of its width."""
    layers = "torch.nn.Conv2d(3, 8, 3), torch.nn.Conv2d(8, 4, 3)"
    code = f"import torch\n\n\ndef net():\n    return torch.nn.Sequential({layers})\n"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    run = partial(subprocess.run, cwd=tmp_path, check=True, capture_output=True)
    run([*git, "init", "-q"])
    for text in (code, code.replace("8", "16")):
        (tmp_path / "net.py").write_text(text)
        run([*git, "add", "."])
        run([*git, "commit", "-qm", "net"])
    monkeypatch.chdir(tmp_path)
    page = printed("inspect", "net.py:net", "--input", "3x32x32", "--rev", "HEAD~1..HEAD")
    assert "<h1>A: net.py:net at HEAD~1 (" in page
    assert "<h2>B: net.py:net at HEAD (" in page
    assert "no revision" in refused("inspect", "net.py:net", "--input", "3x32x32", "--rev", "HEAD~1..nope")
