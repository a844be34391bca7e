import json

import pytest
from command import printed, refused
from reading import column, read

pytest.importorskip("torch")

SMALL = ["vgg11", "--input", "3x32x32", "--seconds", "0.01", "--device", "cpu", "--threads", "1"]


def test_the_schema_carries_the_machine() -> None:
    said = json.loads(printed("time", *SMALL, "--batch", "2", "--format", "json"))
    assert list(said) == ["schema", "timings"]
    (timing,) = said["timings"]
    assert (said["schema"], timing["model"], timing["batch"]) == (1, "vgg11", 2)
    assert set(timing["machine"]) >= {"device", "hardware", "torch", "threads", "dtype"}
    assert (timing["machine"]["device"], timing["machine"]["threads"]) == ("cpu", 1)
    assert timing["machine"]["hardware"]
    assert timing["mult_adds"] == 2 * 276_398_080
    assert timing["runs"] >= 1
    assert timing["median_seconds"] > 0
    assert timing["images_per_second"] == pytest.approx(2 / timing["median_seconds"])
    assert timing["mult_adds_per_second"] == pytest.approx(timing["mult_adds"] / timing["median_seconds"])


def test_by_layer() -> None:
    text = printed("time", *SMALL, "--depth", "layer")
    grid = read(text, "text")
    assert sum(column(grid, "mult-adds")) == 276_398_080
    assert [row[1] for row in grid].count("conv") == 8
    assert "Machine: cpu (" in text
    assert "1 thread, float32" in text


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "missing argument 'MODELS...'; see: costcalc time --help"),
        (["vvg11"], "unknown network 'vvg11'; did you mean vgg11"),
        (["vgg11", "--device", "tpu"], "invalid value for '--device': 'tpu' is not one of 'auto', 'cpu', 'cuda'"),
        (["vgg11", "--device", "meta"], "invalid value for '--device': 'meta' is not one of 'auto', 'cpu', 'cuda'"),
        (["vgg11", "--dtype", "int8"], "invalid value for '--dtype': 'int8' is not one of 'float32', 'float64'"),
        (["vgg11", "--dtype", "tf32", "--device", "cpu"], "dtype 'tf32' is a rate of CUDA devices; on cpu take"),
        (["vgg11", "--compile", "--depth", "layer"], "a compiled model has no times by layer"),
        (["vgg11", "--mode", "train", "--on", "a100"], "predicted times and bounds are of forward passes"),
        (["vgg11", "--dtype", ""], "invalid value for '--dtype': '' is not one of"),
        (["vgg11", "--dtype"], "option '--dtype' requires an argument"),
        (["vgg11", "--seconds", "0"], "invalid value for '--seconds': 0.0 is not in the range 0.01<=x<=3600"),
        (["vgg11", "--seconds", "inf"], "invalid value for '--seconds': inf is not in the range 0.01<=x<=3600"),
        (["vgg11", "--seconds", "nan"], "--seconds nan: expected a number from 0.01 to 3600"),
        (["vgg11", "--seconds", "soon"], "invalid value for '--seconds': 'soon' is not a valid"),
        (["vgg11", "--threads", "0"], "invalid value for '--threads': '0' is not a whole number from 1 to 1024"),
        (
            ["vgg11", "--threads", "100000"],
            "invalid value for '--threads': '100000' is not a whole number from 1 to 1024",
        ),
        (["vgg11", "--depth", "op"], "invalid value for '--depth': 'op' is not one of 'model', 'layer'"),
        (["vgg11", "--batch", "0"], "invalid value for '--batch': '0' is not a whole number from 1 to 999999999"),
        (
            ["vgg11", "--classes", "999999999", "--device", "cpu"],
            "vgg11 classes=999999999 cannot run on cpu as float32: ",
        ),
    ],
)
def test_bad_input(arguments: list[str], line: str) -> None:
    assert refused("time", *arguments).startswith(line)
