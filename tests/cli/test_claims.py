import csv
import io
import json
import sys
from pathlib import Path

import pytest

from costcalc.cli import main


def run(monkeypatch: pytest.MonkeyPatch, *args: str) -> int:
    monkeypatch.setattr(sys, "argv", ["costcalc", *args])
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)


def test_text(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "claims") == 0
    out = capsys.readouterr().out
    for part in (
        "60,965,224 / 6,998,552 = 8.71",
        "9.73x  unsupported",
        "15,470,264,320 / 1,582,671,872 = 9.77",
        "4.67 %  right number, wrong label",
        "89.36 %  right",
        "Chen & Mo, a reproduction of GoogLeNet",
        "PZ, 001-GoogLeNet, 2018",
        "x-jeff, course notes on Inception after Ng, 2020",
    ):
        assert part in out


def test_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "claims", "--format", "json") == 0
    data = json.loads(capsys.readouterr().out)
    assert data["schema"] == 1
    twelve = next(claim for claim in data["claims"] if claim["claim"].startswith("12 times"))
    assert twelve["computed"] == [60_965_224 // 8, 6_998_552 // 8]  # in lowest terms
    assert (twelve["shown"], twelve["verdict"]) == ("8.71x", "wrong")


def test_csv(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "claims", "--format", "csv") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    verdicts = {row["claim"]: row["verdict"] for row in rows}
    assert verdicts["2·padding = kernel keeps the size"] == "wrong"
    assert verdicts["pads of 0, 1, 2 keep the size under 1x1, 3x3, 5x5"] == "right"
    assert {row["table"] for row in rows} >= {"PZ, 001-GoogLeNet, 2018", "Simonyan & Zisserman, ICLR 2015"}


@pytest.mark.parametrize(
    ("format", "part"),
    [("markdown", "**PZ, 001-GoogLeNet, 2018**"), ("latex", "\\begin{tabular}"), ("html", "<table>")],
)
def test_formats(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, format: str, part: str) -> None:
    file = tmp_path / "claims"
    assert run(monkeypatch, "claims", "--format", format, "-o", str(file)) == 0
    text = file.read_text(encoding="utf-8")
    assert part in text
    assert "8.71" in text


@pytest.mark.parametrize(
    ("args", "part"),
    [(["claims", "googlenet"], "unexpected extra argument"), (["claims", "-o", "/"], "is a folder")],
)
def test_bad_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], args: list[str], part: str
) -> None:
    assert run(monkeypatch, *args) == 2
    printed = capsys.readouterr()
    assert part in printed.err
    assert printed.err.count("\n") == 1
