"""costcalc sweep: each row is the cost of that point alone."""

import csv
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from command import run

import costcalc
from costcalc.cli.range_types import FREE_INPUT, NUMBERS, VALUES
from costcalc.spec import CostcalcError


def rows(*words: str) -> list[dict[str, str]]:
    done = run("sweep", *words, "--format", "csv")
    assert done.code == 0, done.err
    return list(csv.DictReader(io.StringIO(done.out)))


class TestValues:
    @pytest.mark.parametrize(
        ("text", "values"),
        [
            ("8", [8]),
            ("1,8,64", [1, 8, 64]),
            ("32:96:32", [32, 64, 96]),
            ("32:100:32", [32, 64, 96]),
            ("5:7", [5, 6, 7]),
            ("1,5:7,9", [1, 5, 6, 7, 9]),
        ],
    )
    def test_numbers(self, text: str, values: list[int]) -> None:
        assert list(NUMBERS.convert(text, None, None)) == values

    @pytest.mark.parametrize(
        ("text", "values"),
        [
            ("0.25,0.5", [0.25, 0.5]),
            ("0.25:1:0.25", [0.25, 0.5, 0.75, 1.0]),
            ("12,24", [12, 24]),
            ("12:24:4", [12, 16, 20, 24]),
            ("(6,12),(1,2)", [(6, 12), (1, 2)]),
            ("True,False", [True, False]),
            ("relu,'a,b'", ["relu", "a,b"]),
        ],
    )
    def test_settings(self, text: str, values: list[Any]) -> None:
        assert VALUES.convert(text, None, None) == values

    def test_inputs(self) -> None:
        assert FREE_INPUT.convert("3x32:64x224", None, None).sizes == (3, range(32, 65), 224)
        assert FREE_INPUT.convert("ids=1:128:int64", None, None) == ("ids", (range(1, 129),), True, "int64")
        assert FREE_INPUT.convert("1:128:2", None, None).sizes == (range(1, 129, 2),)

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (["--input", "64:32"], "the range 64:32 is empty"),
            (["--input", "0:32"], "'0' is not a whole number from 1"),
            (["--input", "32:64:0"], "'0' is not a whole number from 1"),
            (["--input", "1:2:3:4"], "has 4 parts"),
            (["--input", "3x"], "'' is not a whole number"),
            (["--batch", "none"], "'none' is not a whole number"),
            (["--input", "64:32:-1"], "'-1' is not a whole number from 1"),
            (["--input", "32:64:2.5"], "'2.5' is not a whole number from 1"),
            (["--input", "32:64:floaty"], "'floaty' is not a dtype"),
            ([], "nothing to sweep"),
            (["--width", "0.5"], "googlenet has no width multiplier (settings that it has: aux, separable"),
            (["--arg", "depth=1,2"], "googlenet has no setting 'depth'; it has aux, separable"),
            (["--arg", "aux=3"], "aux=3 must be True or False"),
            (["--input", "1:9"], "googlenet runs at none of these points: does not run at this size: needs sides of"),
            (["--input", "32x32:64"], "googlenet takes an input like 3x224x224"),
            (["--input", "32:64", "--batch", "1,2", "--zip"], "--zip needs as many values of each: batch has 2"),
            (["--input", "1:100001"], "100,001 points are too many for text"),
            (["--input", "32", "--columns", "time"], "time is measured, and a sweep runs nothing"),
            (["--input", "32", "--columns", "bound"], "bound is computed for a device"),
            (["--input", "32", "--format", "parquet"], "name a file, like -o sweep.parquet"),
        ],
    )  # fmt: skip
    def test_wrong_ones(self, words: list[str], problem: str) -> None:
        done = run("sweep", "googlenet", *words)
        assert done.code == 2
        assert problem in done.err
        assert done.err.count("\n") == 1

    def test_given_twice(self) -> None:
        assert "mobilenet_v1; give one of them" in run("sweep", "mobilenet_v1", "--width", "1", "--arg", "alpha=1").err
        assert "googlenet has batch of its own" in run("sweep", "googlenet batch=4", "--batch", "1,2").err

    @pytest.mark.parametrize("name", ["mnasnet1_0", "mobilenet_v2", "efficientnet_b0", "wide_resnet50_2"])
    def test_a_width_is_greater_than_0(self, name: str) -> None:
        for value in ("0", "-1", "-0.5"):
            done = run("sweep", name, "--width", value)
            assert (done.code, done.err.count("\n")) == (2, 1)
            assert f"={float(value)} must be greater than 0" in done.err

    def test_a_family_whose_widths_are_a_table(self) -> None:
        done = run("sweep", "shufflenet_v2_x1_0", "--width", "1,2")
        assert done.code == 2
        assert "has no width multiplier (settings that it has: widths)" in done.err


class TestRows:
    def test_both_sides_of_an_image(self) -> None:
        """32h x 32h costs 32,278,528 h^2 + 1,024,000 mult-adds."""
        found = rows("googlenet", "--input", "32:128:32")
        wanted = [32_278_528 * h * h + 1_024_000 for h in (1, 2, 3, 4)]
        assert [int(row["mult_adds"]) for row in found] == wanted
        assert [row["input"] for row in found] == ["32", "64", "96", "128"]

    def test_all_combinations(self) -> None:
        found = rows("mobilenet_v1", "--width", "0.25,0.5", "--batch", "1,8", "--input", "3x40:41x33,64")
        points = [(w, n, h, v) for w in (0.25, 0.5) for n in (1, 8) for h in (40, 41) for v in (33, 64)]
        assert len(found) == len(points)
        for row, (width, batch, h, w) in zip(found, points, strict=True):
            one = costcalc.cost("mobilenet_v1", (3, h, w), batch=batch, args={"alpha": width})
            assert {key: row[key] for key in ("width", "batch", "H", "W")} == {
                "width": str(width), "batch": str(batch), "H": str(h), "W": str(w)}  # fmt: skip
            assert (int(row["params"]), int(row["mult_adds"])) == (one.params, one.macs)

    def test_in_turn(self) -> None:
        """Table 2 of the paper prints 1.0M params for (40, 12) and 27.2M for (100, 24)."""
        found = rows("densenet_cifar40_k12", "--arg", "depth=40,100", "--arg", "k=12,24", "--zip")
        assert [(row["depth"], row["k"]) for row in found] == [("40", "12"), ("100", "24")]
        names = ("densenet_cifar40_k12", "densenet_cifar100_k24")
        assert [int(row["params"]) for row in found] == [costcalc.cost(name).params for name in names]

    def test_where_it_cannot_run(self) -> None:
        found = rows("googlenet_aux", "--input", "222:224", "--columns", "mult_adds,peak_memory")
        wanted = [str(costcalc.cost("googlenet_aux", (3, n, n)).macs) for n in (223, 224)]
        assert [row["mult_adds"] for row in found] == ["", *wanted]
        assert found[0] == {"input": "222", "mult_adds": "", "peak_memory": "",
                            "note": "does not run at this size: needs sides of 223 to 270"}  # fmt: skip
        assert found[1]["note"] == ""

    def test_past_64_bits(self, tmp_path: Path) -> None:
        """The classifier has 1024 x 1000 products per image: 9.2e17 images are more than 2^63 mult-adds."""
        found = rows("googlenet", "--input", "900000000,32", "--batch", "999999999")
        last = int(found[0]["mult_adds"])
        assert last == 999_999_999 * costcalc.cost("googlenet", (3, 900_000_000, 900_000_000)).macs > 2**63
        pytest.importorskip("pyarrow")
        file = tmp_path / "big.parquet"
        done = run("sweep", "googlenet", "--input", "900000000,32", "--batch", "999999999", "-o", str(file))
        assert (done.code, list(tmp_path.iterdir())) == (2, [])
        assert "mult_adds passes 2^63" in done.err

    def test_an_argument_that_some_values_break(self) -> None:
        found = rows("mobilenet_v1", "--width", "0.001,0.5", "--input", "64,96")
        assert [bool(row["note"]) for row in found] == [True, True, False, False]
        assert "width=0 must be a positive integer" in found[0]["note"]

    def test_a_note_of_what_is_not_complete(self) -> None:
        (row,) = rows("googlenet", "--input", "64", "--columns", "params,keras")
        assert row == {"input": "64", "params": "6998552", "keras": "", "note": "keras: not counted"}

    def test_classes_and_channels(self) -> None:
        """The classifier has 1025 params per class; the first convolution 49 · 64 per channel."""
        found = rows("googlenet", "--classes", "10,11", "--input", "3,4x224x224")
        assert [int(row["params"]) - int(found[0]["params"]) for row in found] == [0, 3136, 1025, 1025 + 3136]

    def test_a_device(self) -> None:
        found = rows("vgg16", "--input", "32,64", "--columns", "bound", "--on", "a100")
        wanted = [costcalc.cost("vgg16", (3, n, n), columns=["bound"], on="a100")["bound"].number for n in (32, 64)]
        assert [float(row["bound"]) for row in found] == wanted


class TestFormats:
    SWEEP = ("mobilenet_v1", "--width", "0.5,1", "--input", "31:33", "--columns", "params,mult_adds,intensity")

    def test_long(self) -> None:
        wide = rows(*self.SWEEP)
        long = rows(*self.SWEEP, "--long")
        keys = ("params", "mult_adds", "intensity")
        assert [(row["width"], row["input"], row["quantity"], row["value"]) for row in long] == [
            (row["width"], row["input"], key, row[key]) for row in wide for key in keys
        ]

    @pytest.mark.parametrize("long", [False, True])
    @pytest.mark.parametrize("sizes", ["20:40", "31:40"])
    def test_csv_is_that_of_the_report(self, sizes: str, long: bool) -> None:
        """Streamed and whole: the same text."""
        words = ("--input", sizes, "--columns", "params,mult_adds")
        streamed = run("sweep", "googlenet", *words, "--format", "csv", *(["--long"] if long else [])).out
        first, last = map(int, sizes.split(":"))
        report = costcalc.sweep("googlenet", range(first, last + 1), long=long)
        assert report.render("csv") == streamed

    def test_json(self) -> None:
        data = json.loads(run("sweep", *self.SWEEP, "--format", "json").out)
        assert (data["schema"], data["model"], data["axes"]) == (1, "mobilenet_v1", ["width", "input"])
        assert [point["input"] for point in data["points"]] == [31, 32, 33] * 2

    def test_parquet(self, tmp_path: Path) -> None:
        parquet = pytest.importorskip("pyarrow.parquet")
        for more in ([], ["--long"]):
            file = tmp_path / "sweep.parquet"
            assert run("sweep", *self.SWEEP, *more, "-o", str(file)).code == 0
            found = parquet.read_table(file).to_pylist()
            cells = [{key: "" if value is None else str(value) for key, value in row.items()} for row in found]
            assert cells == rows(*self.SWEEP, *more)

    def test_parquet_without_its_extra(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
        monkeypatch.delitem(__import__("sys").modules, "costcalc.report.sweep_parquet", raising=False)
        done = run("sweep", *self.SWEEP, "-o", str(tmp_path / "a.parquet"))
        assert (done.code, list(tmp_path.iterdir())) == (2, [])
        assert "pip install 'costcalc[parquet]'" in done.err

    def test_units(self) -> None:
        shown = run("sweep", "vgg16", "--input", "224", "--units", "M").out
        assert "mult-adds (M)" in shown
        assert "15,470.26" in shown

    def test_a_formula_of_a_spreadsheet(self, tmp_path: Path) -> None:
        (tmp_path / "net.py").write_text("import torch\n\ndef net(name):\n    return torch.nn.Linear(4, 3)\n")
        (row,) = rows(f"{tmp_path}/net.py:net", "--arg", "name=-a", "--input", "4")
        assert row["name"] == "'-a"


class TestOtherModels:
    def test_torch(self, tmp_path: Path) -> None:
        """A convolution of 3x3 on HxW: 9·3·4·H·W mult-adds."""
        (tmp_path / "net.py").write_text(
            "import torch\n\ndef net(k=3):\n    return torch.nn.Conv2d(3, 4, k, padding=k // 2)\n"
        )
        found = rows(f"{tmp_path}/net.py:net", "--arg", "k=1,3", "--input", "3x5,6x7")
        assert [int(row["mult_adds"]) for row in found] == [k * k * 12 * h * 7 for k in (1, 3) for h in (5, 6)]

    def test_a_length(self, tmp_path: Path) -> None:
        (tmp_path / "net.py").write_text("import torch\n\ndef net():\n    return torch.nn.Linear(4, 3)\n")
        done = run("sweep", f"{tmp_path}/net.py:net", "--input", "3:5", "--format", "csv")
        assert [row["params"] for row in csv.DictReader(io.StringIO(done.out))] == ["", "15", ""]

    def test_jobs(self) -> None:
        words = ("mobilenet_v1", "--width", "0.25:2.5:0.025", "--input", "64")
        assert rows(*words, "--jobs", "2") == rows(*words)


class TestPython:
    def test_frame(self) -> None:
        frame = costcalc.sweep("googlenet", range(20, 36, 4), batch=[1, 2], columns=["params", "mult_adds"]).to_pandas()
        assert list(frame.columns) == ["batch", "input", "params", "mult_adds", "note"]
        assert frame["mult_adds"].dtype == "Int64"
        macs = costcalc.cost("googlenet", (3, 32, 32)).macs
        assert frame.query("input == 32")["mult_adds"].tolist() == [macs, 2 * macs]
        assert int(frame["mult_adds"].isna().sum()) == 6

    def test_shapes(self) -> None:
        report = costcalc.sweep("vgg11", (3, [32, 64], 48), args={"norm": [True, False]}, width=None)
        assert report.to_pandas()["H"].tolist() == [32, 64] * 2

    @pytest.mark.parametrize(
        "wrong", [{"input": [0]}, {"input": []}, {"input": [2**63]}, {"batch": ["a"]}, {"jobs": 0}, {"input": [1.5]}]
    )
    def test_wrong_ones(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(CostcalcError):
            costcalc.sweep("vgg11", **{"input": [32], **wrong})


@pytest.mark.parametrize("words", [["--input", "32:90000000"], ["--width", "0.1:9:0.00001", "--jobs", "2"]])
def test_an_interrupt_leaves_no_file(words: list[str], tmp_path: Path) -> None:
    """Once the draft beside the file is there, the sweep is running."""
    file = tmp_path / "sweep.csv"
    with subprocess.Popen(
        [sys.executable, "-m", "costcalc", "sweep", "mobilenet_v1", *words, "-o", str(file)],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as running:
        while running.poll() is None and not list(tmp_path.iterdir()):
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        assert running.stderr is not None
        said = running.stderr.read()
    assert (running.returncode, said) == (130, "costcalc: stopped\n")
    assert list(tmp_path.iterdir()) == []
