"""costcalc check: budgets and baselines, as CI runs them."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from command import refused, run
from hostile import NAMES, network

import costcalc

GOOGLENET = (6_998_552, 1_582_671_872)
"""Params and mult-adds of googlenet, as the README has them."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def results(*words: str) -> list[tuple[str, str, str]]:
    """(quantity, budget or baseline, result) of each row."""
    done = run("check", *words, "--format", "json")
    checks = json.loads(done.out)["checks"]
    assert done.code == (0 if all(each["result"] == "ok" for each in checks) else 1)
    return [(each["quantity"], each["by"], each["result"]) for each in checks]


def test_a_budget_that_holds() -> None:
    done = run("check", "googlenet", "--budget", f"params={GOOGLENET[0]}", "--budget", "mult_adds=1.6G")
    assert (done.code, done.err) == (0, "")
    assert "2 checks: all hold." in done.out


def test_a_budget_that_fails_names_the_layer() -> None:
    """498,552 more than 6,500,000; the classifier has 1024·1000 weights and 1000 biases."""
    done = run("check", "googlenet", "--budget", "params=6.5M")
    assert done.code == 1
    line = "googlenet: params 6,998,552 is over the budget of 6,500,000 by 498,552 (7.7 %); the largest layer: linear, "
    assert line + "1,025,000" in done.out
    assert GOOGLENET[0] - 6_500_000 == 498_552
    assert 1024 * 1000 + 1000 == 1_025_000


def test_one_over_and_one_under() -> None:
    assert results("googlenet", "--budget", f"params={GOOGLENET[0]}") == [("params", "budget", "ok")]
    assert results("googlenet", "--budget", f"params={GOOGLENET[0] - 1}") == [("params", "budget", "over")]


@pytest.mark.parametrize(
    "key", ["activations", "fvcore", "receptive_field", "saved_for_backward", "torchinfo", "buffers"]
)
def test_any_quantity_and_convention(key: str) -> None:
    amount = costcalc.cost("googlenet", columns=[key])[key].number
    assert results("googlenet", "--budget", f"{key}={amount}") == [(key, "budget", "ok")]
    assert results("googlenet", "--budget", f"{key}=0") == [(key, "budget", "over" if amount else "ok")]


def test_the_budgets_of_a_project(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("""
[project]
name = "mine"

[tool.costcalc.budgets.googlenet]
params = "7M"
mult_adds = 1.6e9
peak_memory = "32MiB"

[tool.costcalc.budgets."googlenet batch=2"]
mult_adds = 3_165_343_744
bound = "10ms"
on = "a100"
dtype = "fp16"
""")
    done = run("check", "--format", "json")
    assert done.code == 0
    found = {(each["model"], each["quantity"]): each["now"] for each in json.loads(done.out)["checks"]}
    assert found["googlenet batch=2", "mult_adds"] == 2 * GOOGLENET[1]
    assert set(found) == {("googlenet", key) for key in ("params", "mult_adds", "peak_memory")} | {
        ("googlenet batch=2", key) for key in ("mult_adds", "bound")
    }
    assert results("googlenet", "--budget", "params=6M")[0] == ("params", "budget", "over")  # an option takes its place
    assert len(results("googlenet")) == 3


def test_a_baseline(folder: Path) -> None:
    """The same text each time; growth of any quantity fails, and --update accepts it."""
    (folder / "net.py").write_text(NET.format(width=4))
    words = ["net.py:Net", "--baseline", "costs.json"]
    assert "there is no baseline 'costs.json'; costcalc check --update writes it" in refused("check", *words)
    done = run("check", *words, "--update")
    assert (done.code, "Wrote the baseline costs.json." in done.out, "hold" in done.out) == (0, True, False)
    first = (folder / "costs.json").read_bytes()
    assert run("check", *words, "--update").code == 0
    assert (folder / "costs.json").read_bytes() == first
    assert [each[2] for each in results(*words)] == ["ok", "ok", "ok"]

    (folder / "net.py").write_text(NET.format(width=5))
    done = run("check", *words)
    assert done.code == 1
    # 4 channels have 3·4 weights and 4·2 behind them, 5 have 3·5 and 5·2; on 8x8 positions
    line = "net.py:Net: mult-adds 1,600 is over the baseline of 1,280 by 320 (25.0 %); the layer that grew most: stem, "
    assert line + "by 192" in done.out
    assert (64 * (3 * 5 + 5 * 2), 64 * (3 * 4 + 4 * 2), 64 * 3 * (5 - 4)) == (1600, 1280, 192)
    growth = [
        "--fail-over",
        "mult_adds=25%",
        "--fail-over",
        "params=25%",
        "--fail-over",
        "activations=20%",
    ]  # 640 to 768 elements
    assert [each[2] for each in results(*words, *growth)] == ["ok", "ok", "ok"]
    assert ("mult_adds", "baseline", "over") in results(*words, "--fail-over", "mult_adds=24.9%")
    assert run("check", *words, "--update").code == 0
    assert run("check", *words).code == 0

    (folder / "net.py").write_text(NET.format(width=4))
    assert run("check", *words).code == 0


NET = """
import costcalc
from costcalc.spec import conv, relu

def net(x):
    return conv(relu(conv(x, "stem", {width}, k=1, bias=False)), "out", 2, k=1, bias=False)

def Net():
    return costcalc.trace(net, (1, 3, 8, 8))
"""


def test_a_network_without_a_baseline_fails() -> None:
    run("check", "lenet5", "--baseline", "costs.json", "--update")
    done = run("check", "lenet5", "alexnet", "--baseline", "costs.json")
    assert done.code == 1
    assert "alexnet: params 61,100,840 has no baseline; accept it with --update" in done.out
    assert ("buffers", "baseline", "no baseline") in results(
        "lenet5", "--baseline", "costs.json", "--columns", "buffers"
    )


def test_update_keeps_the_networks_that_are_not_checked(folder: Path) -> None:
    run("check", "lenet5", "--baseline", "costs.json", "--update")
    run("check", "nin", "--baseline", "costs.json", "--update")
    assert [*json.loads((folder / "costs.json").read_text())["baseline"]] == ["lenet5", "nin"]
    (folder / "pyproject.toml").write_text('[tool.costcalc]\nbaseline = "costs.json"\n[tool.costcalc.budgets.nin]\n')
    assert "lenet5 is in the baseline and is not checked; --update removes it." in run("check").out
    run("check", "--update")
    assert [*json.loads((folder / "costs.json").read_text())["baseline"]] == ["nin"]


UNKNOWN = """
import costcalc
from costcalc.spec import conv
from small_networks import riddle

def net(x):
    return riddle(conv(x, "stem", {width}, k=1, bias=False), "scan")

def Net():
    return costcalc.trace(net, (1, 3, 8, 8))
"""


def test_an_unknown_amount_is_never_zero(folder: Path) -> None:
    """64·3·4 mult-adds of the stem, and those of the scan: at least 768. A budget of more cannot be held."""
    (folder / "net.py").write_text(UNKNOWN.format(width=4))
    assert results("net.py:Net", "--budget", "mult_adds=767") == [("mult_adds", "budget", "over")]
    assert results("net.py:Net", "--budget", "mult_adds=768") == [("mult_adds", "budget", "cannot be held")]
    line = "net.py:Net: mult-adds: the budget of 1,000,000 cannot be held: ≥ 768, unknown is riddle, in scan"
    assert line in run("check", "net.py:Net", "--budget", "mult_adds=1M").out
    assert results("net.py:Net", "--budget", "params=12") == [("params", "budget", "ok")]

    words = ["net.py:Net", "--baseline", "costs.json", "--columns", "mult_adds"]
    run("check", *words, "--update")
    assert results(*words) == [("mult_adds", "baseline", "ok")]  # the same unknown layer at the same shape
    (folder / "net.py").write_text(UNKNOWN.format(width=5))
    assert results(*words) == [("mult_adds", "baseline", "cannot be held")]
    (folder / "net.py").write_text(NET.format(width=9))
    assert results(*words) == [("mult_adds", "baseline", "cannot be held")]  # nobody knows how large it was
    (folder / "net.py").write_text(NET.format(width=1))
    assert results(*words) == [("mult_adds", "baseline", "ok")]  # 64·5 is less than 768 alone


def test_from_python(folder: Path) -> None:
    assert costcalc.check("googlenet", {"params": "7M", "fvcore": 1_600_000_000}).ok
    report = costcalc.check("googlenet", {"params": "6.5M"})
    assert not report.ok
    assert "the largest layer: linear" in repr(report)
    run("check", "googlenet", "--baseline", "costs.json", "--update")
    assert costcalc.check("googlenet", baseline="costs.json").ok
    assert not costcalc.check("googlenet", baseline="costs.json", batch=2).ok
    assert costcalc.check("googlenet", baseline="costs.json", batch=2, columns=["params"]).ok
    with pytest.raises(costcalc.CostcalcError, match="nothing to check"):
        costcalc.check("googlenet")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "nothing to check: expected a MODEL"),
        ("googlenet", "googlenet: nothing to check: expected a budget, like params=5M, or a baseline"),
        ("googlenet --budget params", "'params': expected a quantity and its value, like params=5M"),
        ("googlenet --budget params=", "expected a quantity and its value"),
        ("googlenet --budget parms=5M", "unknown column 'parms'; did you mean params?"),
        ("googlenet --budget params=5MB", "googlenet: params='5MB': expected at most an amount, like 5M"),
        ("googlenet --budget peak_memory=2parsec", "expected at most an amount, like 2GiB"),
        ("googlenet --budget params=1 --budget params=2", "--budget params is given twice"),
        ("googlenet --budget bound=1ms", "bound is computed for a device"),
        ("googlenet --budget time=1ms", "time is measured, and nothing is run here"),
        ("googlenet --budget params=1 --fail-over params=1%", "fail-over is a growth over a baseline"),
        ("googlenet --budget params=1 --update", "--update writes a baseline; name its file"),
        ("googlenet --baseline none.json", "there is no baseline 'none.json'"),
        ("googlenet --baseline .", "cannot read '.': Is a directory"),
        ("googlnet --budget params=5M", "did you mean googlenet"),
        ("googlenet --baseline ok.json --fail-over params=much", "expected a growth in percent, like params=5%"),
        ("googlenet --baseline none/x.json --update", "its folder does not exist"),
    ],
)
def test_bad_input_is_one_line(words: str, said: str) -> None:
    run("check", "googlenet", "--baseline", "ok.json", "--update")
    assert said in refused("check", *words.split())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.costcalc", "pyproject.toml is not TOML"),
        ("[tool]\ncostcalc = 3", "[tool.costcalc] is 3: expected a table"),
        ("[tool.costcalc]\nbudget = {}", "has no setting 'budget'; did you mean budgets?"),
        ("[tool.costcalc.budgets]\nnin = '5M'", "[tool.costcalc.budgets.'nin'] is '5M': expected a table"),
        ("[tool.costcalc.budgets.nin]\nparams = '5 apples'", "nin: params='5 apples': expected at most an amount"),
        ("[tool.costcalc.budgets.nin]\nparams = -1", "expected at most an amount"),
        ("[tool.costcalc.budgets.nin]\nparams = 1e999999999", "expected at most an amount"),
        ("[tool.costcalc.budgets.nin]\nparams = inf", "expected at most an amount"),
        ("[tool.costcalc.budgets.nin]\nparams = 2020-01-01", "expected at most an amount"),
        ("[tool.costcalc.budgets.nin]\non = 3\nparams = 1", "on=3 must be a text"),
        ("[tool.costcalc]\nbaseline = 3\n[tool.costcalc.budgets.nin]", "baseline=3 must be a text"),
        ("[tool.costcalc]\ncolumns = 'params'\n[tool.costcalc.budgets.nin]", "must be a list of keys"),
        ("[tool.costcalc.budgets.net.onnx]\nparams = 1", 'like [tool.costcalc.budgets."net.onnx"]'),
        ("\udcff", "pyproject.toml is not TOML"),
        ("a = " + "[" * 9999, "pyproject.toml is not TOML"),
    ],
)
def test_a_bad_project(text: str, said: str, folder: Path) -> None:
    (folder / "pyproject.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert said in refused("check")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"schema": 2, "baseline": {}}', '{"schema": 1, "baseline": []}',
     '{"schema": 1, "baseline": {"nin": 3}}',
     '{"schema": 1, "baseline": {"nin": {"setting": "", "total": {"params": "1/0"}, "layers": []}}}',
     '{"schema": 1, "baseline": {"nin": {"setting": "", "total": {"params": true}, "layers": []}}}',
     '{"schema": 1, "baseline": {"nin": {"setting": "", "total": {"params": NaN}, "layers": []}}}',
     '{"schema": 1, "baseline": {"nin": {"setting": "", "total": {"params": {"status": "fine"}}, "layers": []}}}',
     '{"schema": 1, "baseline": {"nin": {"setting": "", "total": {"params": 1}, "layers": [{"name": "a"}]}}}',
     '{"schema": 1, "baseline": {"nin": {"setting": "", "total": {"params": 1}, "layers": [{"name": "a", "op": "b", '
     '"facts": "", "amounts": {}, "formulas": {}}]}}}', "[" * 9999],
)  # fmt: skip
def test_a_bad_baseline(text: str, folder: Path) -> None:
    (folder / "costs.json").write_text(text)
    said = refused("check", "nin", "--baseline", "costs.json")
    assert "costs.json" in said
    assert "'costcalc check --update' writes a baseline" in said


@pytest.mark.parametrize("format", ["text", "markdown", "html", "csv", "latex", "json"])
def test_names_are_text(format: str, folder: Path) -> None:
    """A network whose layers have hostile names: the largest one is named, and nothing of it is markup."""
    done = run("check", network(folder), "--budget", "params=0", "--format", format)
    assert done.code == 1
    assert done.out.replace("\n", "").isprintable()


def test_in_markdown_it_can_be_found_again() -> None:
    """A line that is not shown, the same each time, begins the comment."""
    done = run("check", "googlenet", "--budget", "params=6.5M", "--format", "markdown")
    assert done.out.splitlines()[0] == "<!-- costcalc check googlenet -->"
    assert "| googlenet | params" in done.out
    assert "OVER" in done.out


def test_a_file_and_the_log(folder: Path) -> None:
    """With -o the failures are told on standard error too, for the log."""
    done = run("check", "googlenet", "--budget", "params=6.5M", "-o", "budgets.csv")
    assert (done.code, done.out) == (1, "")
    assert re.fullmatch(r"costcalc: googlenet: params 6,998,552 is over the budget .*\n", done.err)
    (row,) = csv.DictReader(io.StringIO((folder / "budgets.csv").read_text()))
    assert (row["model"], row["quantity"], row["now"], row["at_most"]) == ("googlenet", "params", "6998552", "6500000")


def test_names_stay_names(folder: Path) -> None:
    """A baseline of hostile names reads back."""
    words = [network(folder), "--baseline", "costs.json"]
    assert run("check", *words, "--update").code == 0
    layers = json.loads((folder / "costs.json").read_text(encoding="utf-8"))["baseline"][words[0]]["layers"]
    assert [layer["name"] for layer in layers][: len(NAMES)] == NAMES
    assert (folder / "costs.json").read_text(encoding="utf-8").replace("\n", "").isprintable()
    assert results(*words) == [(key, "baseline", "ok") for key in ("params", "mult_adds", "activations")]
