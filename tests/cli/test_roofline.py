"""costcalc roofline, and the columns bound and time of other commands."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from command import printed, refused
from reading import column, read

import costcalc
from costcalc.analysis.device import read_device
from costcalc.report.style import milliseconds

# A device with a peak of 2 FLOP/s, one mult-add, and 4 bytes per second.
ONE = {
    "schema": 1, "name": "One", "source": "made for a test", "date": "2026",
    "bandwidth": {"printed": "4 B/s"},
    "peaks": {"float32": {"printed": "2 FLOP/s"}, "float16": {"printed": "8 FLOP/s"}},
}  # fmt: skip


@pytest.fixture
def one(tmp_path: Path) -> str:
    file = tmp_path / "one.json"
    file.write_text(json.dumps(ONE))
    return str(file)


def test_each_layer_is_limited_by_the_slower_side(one: str) -> None:
    """LeNet-5's c1: 6·28·28·25 mult-adds, (32·32 + 156 + 6·28·28)·4 bytes; a tanh has bytes alone."""
    said = json.loads(printed("roofline", "lenet5", "--on", one, "--format", "json"))
    rows = {row["name"]: row for row in said["rows"]}
    assert (rows["c1"]["bound"], rows["c1"]["limited_by"]) == (6 * 28 * 28 * 25, "compute")
    assert (rows["c1_tanh"]["bound"], rows["c1_tanh"]["limited_by"]) == (2 * 6 * 28 * 28, "memory")
    assert (rows["flatten"]["bound"], rows["flatten"]["limited_by"]) == (0, None)
    assert said["total"]["bound"] == sum(row["bound"] for row in rows.values())
    sides = [said["total"][f"limited_by_{side}"] for side in ("compute", "memory")]
    assert sum(side["bound"] for side in sides) == said["total"]["bound"]
    assert sum(side["layers"] for side in sides) == sum(row["limited_by"] is not None for row in rows.values())
    assert said["device"]["ridge"] == 2 / 2 / 4


def test_half_the_bytes_and_four_times_the_rate(one: str) -> None:
    said = json.loads(printed("roofline", "lenet5", "--on", one, "--dtype", "fp16", "--format", "json"))
    rows = {row["name"]: row for row in said["rows"]}
    assert (rows["c1"]["bound"], rows["c1_tanh"]["bound"]) == (6 * 28 * 28 * 25 / 4, 6 * 28 * 28)
    assert (said["dtype"], said["device"]["ridge"]) == ("float16", 8 / 2 / 4)
    assert (
        printed("roofline", "lenet5", "--on", one, "--dtype", "float16", "--format", "json")
        == json.dumps(said, indent=2, ensure_ascii=False) + "\n"
    )


def test_the_title_says_which_device() -> None:
    text = printed("roofline", "resnet50", "--on", "a100", "--dtype", "fp16")
    assert "float16, on NVIDIA A100 SXM 80 GB" in text
    assert "Ridge point: 76.5 mult-adds per byte = 312 TFLOP/s in float16 / 2 / 2,039 GB/s." in text
    assert "on NVIDIA H100 SXM" in printed("table", "lenet5", "--on", "h100", "--columns", "bound")
    assert "on NVIDIA H100 SXM, TF32" in printed("compare", "lenet5", "vgg11", "--on", "h100", "--dtype", "tf32")
    totals = printed("roofline", "resnet50", "--on", "a100", "--dtype", "fp16", "--format", "csv")
    assert sum(column(read(totals, "csv"), "mult_adds")) == 4_089_184_256


def test_python_gives_the_same(one: str) -> None:
    report = costcalc.roofline("lenet5", one, dtype="fp16")
    assert report.render() == costcalc.roofline(costcalc.cost("lenet5"), read_device(one), dtype="float16").render()
    frame = report.to_pandas().set_index("name")
    assert frame.loc["c1_tanh", "bound"] == 6 * 28 * 28
    cost = costcalc.cost("lenet5", on=one, columns=["bound"])
    assert cost.to_pandas().set_index("name").loc["c1", "bound"] == 6 * 28 * 28 * 25


def test_bound_is_a_column_in_milliseconds(one: str) -> None:
    grid = read(printed("table", "lenet5", "--columns", "bound", "--on", one, "--share"), "text")
    rows = {row[0]: row for row in grid}
    assert rows["c1"][3] == f"{6 * 28 * 28 * 25 * 1000:,}.000"
    assert "bound (ms)" in grid[0]


def test_ratios_of_every_column(one: str) -> None:
    """Twice the batch: the intensity grows, all else doubles or less."""
    models = ["compare", "lenet5", "lenet5 batch=2", "--columns", "mult_adds,bytes_moved,intensity,bound", "--on", one]
    first, second = json.loads(printed(*models, "--format", "json"))["models"]
    rows = read(printed(*models, "--format", "csv"), "csv")
    cells = dict(zip(rows[0], rows[2], strict=True))
    assert float(cells["mult_adds_ratio"]) == 2
    for key in ("bytes_moved", "bound"):
        assert float(cells[f"{key}_ratio"]) == second[key] / first[key]
    intensities = [Fraction(*model["intensity"]) for model in (first, second)]
    assert float(cells["intensity_ratio"]) == float(intensities[1] / intensities[0]) > 1
    assert [Fraction(model["mult_adds"], model["bytes_moved"]) for model in (first, second)] == intensities


def test_an_unknown_layer_makes_a_lower_bound(tmp_path: Path, one: str) -> None:
    pytest.importorskip("torch")
    (tmp_path / "net.py").write_text(
        "import torch\n"
        "class Net(torch.nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.f = torch.nn.Linear(4, 4)\n"
        "    def forward(self, x):\n        return self.f(x[x.sum(-1) > 0])\n"
    )
    said = json.loads(printed("roofline", f"{tmp_path}/net.py:Net", "--input", "4", "--on", one, "--format", "json"))
    assert said["total"]["statuses"]["bound"] == "lower bound"
    assert "unknown" in {row["limited_by"] for row in said["rows"]}
    assert None in {row["bound"] for row in said["rows"]}


def test_devices() -> None:
    said = json.loads(printed("roofline", "--devices", "--format", "json"))["devices"]
    rates = {each["name"]: each["flops_per_second"] for each in said}
    assert rates["l4"]["float16"] == 121 * 10**12
    assert {"v100", "a100_40gb", "h100_pcie", "m3_max", "xeon_8380"} <= set(rates)
    assert "989.5" in printed("roofline", "--devices")


def test_time_is_measured_in_compare() -> None:
    pytest.importorskip("torch")
    said = json.loads(printed("compare", "lenet5", "lenet5", "--columns", "params,time", "--format", "json"))
    assert all(model["time"] > 0 for model in said["models"])
    report = costcalc.compare("lenet5", costcalc.cost("lenet5"), columns=["time"], device="cpu")
    assert all(model["time"] > 0 for model in report.data()["models"])


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("roofline", "expected a MODEL, like: costcalc roofline resnet50 --on a100; or --devices alone"),
        ("roofline lenet5 --devices", "expected a MODEL, like"),
        ("roofline lenet5", "roofline needs a device, like --on a100; all names: costcalc roofline --devices"),
        ("roofline lenet5 --on a10", "unknown device 'a10'; "),
        ("roofline lenet5 --on ./none.json", "cannot read the device file './none.json': No such file or directory"),
        ("roofline lenet5 --on v100 --dtype bf16", "NVIDIA V100 SXM2 has no peak for bfloat16; there are float64,"),
        ("roofline lenet5 --on a100 --dtype int8", "invalid value for '--dtype': 'int8' is not one of 'float32', "),
        ("table lenet5 --dtype tf32", "dtype 'tf32' is a rate of a device; name the device as well, like --on a100"),
        ("table lenet5 --columns bound", "bound is computed for a device; name one, like --on a100, or a file of one"),
        ("compare lenet5 vgg11 --columns bound", "bound is computed for a device; name one"),
        ("list --columns bound", "bound is computed for a device; name one"),
        (
            "table lenet5 --columns time",
            "time is measured, and nothing is run here; costcalc compare and costcalc time",
        ),
        ("list --columns params,time", "time is measured, and nothing is run here"),
        ("compare lenet5 vgg11 --columns time --mode train", "the column time is of forward passes in eval mode"),
    ],
)
def test_bad_input(arguments: str, line: str) -> None:
    assert refused(*arguments.split()).startswith(line)


def test_both_spellings_of_a_dtype() -> None:
    pytest.importorskip("torch")
    small = ["time", "lenet5", "--seconds", "0.01", "--device", "cpu", "--format", "json"]
    for spelling in ("bf16", "bfloat16", "BF16"):
        (timing,) = json.loads(printed(*small, "--dtype", spelling))["timings"]
        assert timing["machine"]["dtype"] == "bfloat16"
    module = "torch.nn:Linear in_features=4 out_features=4"
    assert printed("table", f"{module} dtype=fp64", "--input", "4") == printed("table", module, "--input", "4:float64")
    assert printed("table", module, "--input", "4:fp64") == printed("table", module, "--input", "4:float64")


def test_predicted_beside_the_bound(one: str) -> None:
    """The same seconds as the column of a table has, or why there are none."""
    arguments = ["resnet50", "--on", "h200", "--dtype", "bf16", "--batch", "64"]
    said = json.loads(printed("roofline", *arguments, "--format", "json"))["total"]
    cost = costcalc.cost("resnet50", batch=64, columns=["predicted"], on="h200", as_dtype="bfloat16")
    assert said["predicted"] == pytest.approx(cost["predicted"].number)
    assert said["predicted"] > said["bound"]
    assert f"Predicted: {milliseconds(said['predicted'])} ms" in printed("roofline", *arguments)
    assert "No estimate: One has no estimate of times in float32" in printed("roofline", "lenet5", "--on", one)
    assert json.loads(printed("roofline", "lenet5", "--on", one, "--format", "json"))["total"]["predicted"] is None
