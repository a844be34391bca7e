"""The format of a report: --format decides, otherwise the ending of the file that -o names, otherwise text."""

from pathlib import Path

import pytest
from command import printed, refused

COMMANDS = [
    ["table", "lenet5"],
    ["compare", "lenet5", "alexnet"],
    ["explain", "lenet5", "c1"],
    ["list", "--family", "vgg"],
    ["bottleneck", "28x28x192", "--out", "32", "--kernel", "5", "--reduce", "16"],
    ["published", "lenet5"],
    ["conventions"],
    ["conventions", "fvcore"],
    ["reconcile", "lenet5"],
]

ENDINGS = {
    "x.txt": "text",
    "x.md": "markdown",
    "x.csv": "csv",
    "x.tex": "latex",
    "x.json": "json",
    "x.html": "html",
    "a.csv.TEX": "latex",
    "x": "text",
    "csv": "text",
    ".csv": "text",
    "x.csv.bak": "text",
}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_ending_decides(command: list[str], tmp_path: Path) -> None:
    for name, format in ENDINGS.items():
        assert printed(*command, "-o", str(tmp_path / name)) == ""
        assert (tmp_path / name).read_text(encoding="utf-8") == printed(*command, "--format", format)


def test_the_option_decides_first(tmp_path: Path) -> None:
    printed("table", "lenet5", "--format", "csv", "-o", str(tmp_path / "x.tex"))
    assert (tmp_path / "x.tex").read_text(encoding="utf-8") == printed("table", "lenet5", "--format", "csv")


@pytest.mark.parametrize(("short", "format"), [("tex", "latex"), ("md", "markdown")])
def test_short_names(short: str, format: str) -> None:
    assert printed("table", "lenet5", "--format", short) == printed("table", "lenet5", "--format", format)


def test_an_unknown_name() -> None:
    assert "'pdf' is not one of 'text', 'markdown'" in refused("table", "lenet5", "--format", "pdf")
