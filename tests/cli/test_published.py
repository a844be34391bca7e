import csv
import io
import json
import subprocess
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
    """Table 1's first row fits as separable: 2.7K is 2,712 and 34M 34,019,328."""
    assert run(monkeypatch, "published", "googlenet_separable") == 0
    out = capsys.readouterr().out
    lines = [line.split() for line in out.splitlines()]
    assert ["conv1", "params", "2.7K", "2,712", "2.712K", "exact"] in lines
    assert ["conv1", "ops", "34M", "34,019,328", "34.02M", "exact"] in lines
    assert "ops: 10 exact, 1 truncated, 1 differs; counts mult-adds, M = 10^6." in out
    assert "params: 3 exact, 1 truncated, 8 differs; counts weights without biases, K = 1024." in out
    assert "CVPR 2015, Table 1" in out


def test_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "published", "googlenet", "--format", "json") == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["schema"], data["model"]) == (1, "googlenet")
    first = next(row for row in data["tables"][0]["rows"] if (row["block"], row["quantity"]) == ("conv1", "params"))
    assert (first["printed"], first["computed"], first["verdict"]) == ("2.7K", 9_408, "differs")
    assert "2,712" in first["reason"]


def test_csv(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "published", "lenet5", "--format", "csv") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    total = next(row for row in rows if (row["block"], row["quantity"]) == ("total", "connections"))
    assert (total["printed"], total["computed"], total["verdict"]) == ("340,908", "340908", "exact")


@pytest.mark.parametrize(
    ("format", "part"),
    [("markdown", "**resnet50:"), ("latex", "\\begin{tabular}"), ("html", "<table>")],
)
def test_formats(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, format: str, part: str) -> None:
    file = tmp_path / "published"
    assert run(monkeypatch, "published", "resnet50", "--format", format, "-o", str(file)) == 0
    text = file.read_text(encoding="utf-8")
    assert part in text
    assert "4,089,184,256" in text


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (["published", "nin"], "no paper's table has nin; there are tables for alexnet_paper,"),
        (["published", "googlenett"], "unknown network 'googlenett'; did you mean googlenet"),
        (["published"], "issing argument 'MODEL'"),
        (["published", "vgg16", "--format", "word"], "'word' is not one of"),
    ],
)
def test_bad_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], args: list[str], part: str
) -> None:
    assert run(monkeypatch, *args) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert part in printed.err
    assert printed.err.count("\n") == 1


def test_the_table_command_has_the_columns() -> None:
    """In a process of its own, as a user runs it, and without torch, pandas or numpy."""
    program = (
        "import sys; from click.testing import CliRunner; from costcalc.cli import cli\n"
        "table = CliRunner().invoke(cli, ['table', 'googlenet']).output\n"
        "assert 'params (paper)' in table and 'ops (paper)' in table and '2.7K' in table\n"
        "assert CliRunner().invoke(cli, ['published', 'googlenet']).exit_code == 0\n"
        "assert CliRunner().invoke(cli, ['claims']).exit_code == 0\n"
        "assert not {'torch', 'pandas', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
