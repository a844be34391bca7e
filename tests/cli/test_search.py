import csv
import json

import pytest
from command import printed, refused

FREE = ["--free", "n1=16:64:16"]


def test_the_report() -> None:
    """64 to 16 filters of 192 channels: 3,072 params less per step; 784 mult-adds per param."""
    text = printed("search", "inception", *FREE, "--where", "params<=160.5K", "--maximize", "params")
    assert "inception: 3 of 4 settings, 1 best" in text
    assert "Conditions: params<=160.5K" in text
    assert "Best: most params." in text
    assert "48 160,256 125,640,704" in " ".join(text.split())
    assert (
        "Its own settings have 163,328 params, and do not satisfy the conditions: no other settings beat them." in text
    )


def test_own_settings_that_are_beaten() -> None:
    text = printed("search", "inception", *FREE, "--minimize", "params", "--minimize", "activations")
    assert "inception: 4 of 4 settings, 1 on the front" in text
    assert "Front: least params, least activations." in text
    assert "3 of the 4 settings beat them, no worse in anything and better in something." in text


def test_csv_and_json_have_all_rows() -> None:
    free = ["--free", "n1=1:30", "--free", "n5=8,16"]
    assert "The first 20 of 60 rows" in printed("search", "inception", *free)
    rows = [*csv.DictReader(printed("search", "inception", *free, "--format", "csv").splitlines())]
    said = json.loads(printed("search", "inception", *free, "--format", "json"))
    assert [{key: int(value) for key, value in row.items()} for row in rows] == said["rows"]
    assert len(said["rows"]) == said["feasible"] == said["points"] == 60
    assert said["free"] == {"n1": [*range(1, 31)], "n5": [8, 16]}
    assert len(json.loads(printed("search", "inception", *free, "--format", "json", "--top", "7"))["rows"]) == 7


def test_the_schema() -> None:
    said = json.loads(printed("search", "inception", *FREE, "--format", "json"))
    assert list(said) == [
        "schema", "model", "free", "where", "maximize", "minimize", "points", "trials", "seed", "feasible", "invalid",
        "better_than_own", "own", "rows",
    ]  # fmt: skip
    assert said["own"] == {"n1": 64, "params": 163_328, "mult_adds": 128_049_152}


def test_quantities_of_any_kind() -> None:
    text = printed("search", "inception", *FREE, "--columns", "intensity,fvcore,bound", "--on", "a100", "--units", "M")
    assert "intensity (mult-adds/B)" in text
    assert "fvcore (M)" in text
    assert "bound (ms)" in text


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (["inception"], "a search needs a free setting, like --free d=12:28"),
        (["inception", "--free", "n1"], "'n1': expected a setting and its values, like n1=16:384:16"),
        (["inception", "--free", "=3"], "expected a setting and its values"),
        (["inception", "--free", "n7=1:3"], "inception has no setting 'n7'; it has n1, n3_reduce"),
        (["inception", "--free", "n1="], "n1='' is not a range; expected FIRST:LAST:STEP"),
        (["inception", "--free", "n1=3:1"], "n1=3:1: expected FIRST:LAST:STEP with FIRST <= LAST"),
        (["inception", "--free", "n1=1:9:0"], "a step above 0"),
        (["inception", "--free", "n1=a:b"], "n1='a:b' is not a range"),
        (["inception", "--free", "n1=1:2:3:4"], "is not a range"),
        (["inception", "--free", "n1=1:1000001"], "n1 needs at least one value, and at most 1,000,000"),
        (["inception", "--free", "n1=0.5:1.5"], "a range of decimals needs its step"),
        (["inception", "--free", "n1=1.5"], "n1=1.5 must be an integer"),
        (["inception", "--free", "n1.x=1"], "n1.x has no parts"),
        (["inception", *FREE, *FREE], "--free n1 is given twice"),
        (["googlenet", "--free", "percent.*=50", "--free", "percent.5a=50"], "percent.5a is free twice"),
        (["googlenet", "--free", "percent.9=50"], "percent.9: expected 3a, 3b, 4a, 4b"),
        (["inception", *FREE, "--where", "n1"], "'n1' is not a condition; expected sums"),
        (["inception", *FREE, "--where", "parms<3"], "unknown column 'parms'; did you mean params?"),
        (["inception", *FREE, "--where", "receptive_field<3"], "a number per axis: it cannot be searched"),
        (["inception", *FREE, "--maximize", "foo"], "unknown column 'foo'"),
        (["inception", *FREE, "--minimize", "bound"], "bound is computed for a device; name one, like --on a100"),
        (["inception", *FREE, "--minimize", "time"], "time is measured"),
        (["inception", *FREE, "--trials", "0"], "is not a whole number"),
        (["inception", *FREE, "--causal", "half"], "--causal half is for table"),
        (["nosuch", *FREE], "unknown network 'nosuch'"),
        (["net.json", "--free", "a=1"], "net.json"),
        (["nas_bench_macro", "--free", "genotype.8=0:2"], "genotype.8: expected 0, 1, 2, 3, 4, 5, 6, 7 or *"),
        (["nas_bench_macro", "--free", "genotype.0=3,4"], "no settings of this space make a network"),
    ],
)
def test_bad_input(args: list[str], line: str) -> None:
    assert line in refused("search", *args)
