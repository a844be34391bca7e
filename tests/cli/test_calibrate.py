"""costcalc calibrate: a device file that every command takes."""

import json
from pathlib import Path

import pytest
from command import printed, refused

import costcalc
from costcalc.analysis.devices import find

pytest.importorskip("torch")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("costcalc.measure.calibrate.SIZES", {"cpu": (64,)})
    monkeypatch.setattr("costcalc.measure.calibrate.COPIED", {"cpu": 2**16})
    monkeypatch.setattr("costcalc.measure.calibrate.PREDICTED", ("float32", "bfloat16"))
    monkeypatch.setattr("costcalc.measure.probes.BATCH", {"cpu": 1})


@pytest.mark.usefixtures("small")
def test_a_device_file_for_every_command(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    assert printed("calibrate", "--device", "cpu", "--threads", "1", "--seconds", "0.01", "-o", str(file)) == ""
    device, data = find(str(file)), json.loads(file.read_text())
    assert device.name.endswith(", 1 thread")
    assert "torch" in device.source
    assert {"float32", "float64"} <= set(device.peaks)
    for dtype, cell in data["peaks"].items():
        figure, unit = cell["measured"].split()
        assert unit == "GFLOP/s"
        assert device.peaks[dtype] == round(float(figure) * 1000) * 10**6
    said = json.loads(printed("roofline", "lenet5", "--on", str(file), "--format", "json"))
    assert said["device"]["name"] == device.name
    assert said["total"]["bound"] > 0
    for dtype in ("float32", "bfloat16"):
        assert costcalc.cost("lenet5", columns=["predicted"], on=str(file), as_dtype=dtype)["predicted"].number > 0
    with pytest.raises(costcalc.CostcalcError, match="no estimate of times in float64; it has constants for "):
        costcalc.cost("lenet5", columns=["predicted"], on=str(file), as_dtype="fp64")["predicted"]


@pytest.mark.usefixtures("small")
def test_python_gives_the_same() -> None:
    report = costcalc.calibrate("cpu", threads=1, seconds=0.01)
    assert [row[0] for row in report.tables("text")[0].rows][-1] == "copy"
    assert list(report.data()) == [
        "schema",
        "name",
        "source",
        "date",
        "bandwidth",
        "peaks",
        "constants",
        "constants_source",
    ]
    with pytest.raises(costcalc.CostcalcError, match="seconds=0 must be a positive number"):
        costcalc.calibrate("cpu", seconds=0)
    with pytest.raises(costcalc.CostcalcError, match="threads=0 must be a positive integer"):
        costcalc.calibrate("cpu", threads=0)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("--device tpu", "invalid value for '--device': 'tpu' is not one of 'auto', 'cpu', 'cuda'"),
        ("--seconds 0", "invalid value for '--seconds': 0.0 is not in the range 0.01<=x<=60"),
        ("--threads 0", "invalid value for '--threads': '0' is not a whole number from 1 to 1024"),
        ("googlenet", "got unexpected extra argument (googlenet); see: costcalc calibrate --help"),
    ],
)
def test_bad_input(arguments: str, line: str) -> None:
    assert refused("calibrate", *arguments.split()).startswith(line)
