"""Predicted times of kernels: the formula by hand, constants, devices that were not fitted, and published times."""

import csv
import importlib
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import costcalc
from costcalc import spec
from costcalc.analysis import no_estimate
from costcalc.analysis.constants import constants_of, fitted_alike
from costcalc.analysis.device import OF_KERNELS, from_data
from costcalc.analysis.devices import devices, find
from costcalc.analysis.kernel_times import joint, scaled
from costcalc.analysis.published import folder
from costcalc.analysis.target import Target
from costcalc.spec.run import Run

FITTED = {(name, setting) for name, each in devices().items() for setting in each.constants if setting != "float32"}

FILE: dict[str, Any] = {
    "schema": 1, "name": "Mine", "source": "made for a test", "date": "2026", "chip": {"units": 1, "unit": "SM"},
    "bandwidth": {"printed": "1 GB/s"}, "peaks": {"float16": {"printed": "2 GFLOP/s"}}, "constants_source": "made up",
}  # fmt: skip


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script that fits and judges."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    return importlib.import_module("published_times")


def test_mult_adds_and_bytes_overlap() -> None:
    """3 and 4 seconds take 5 together; either alone takes its own."""
    assert (joint(3, 4), joint(3, 0), joint(0, 4)) == (5, 3, 4)


def test_a_convolution_by_hand() -> None:
    """A cast of 2 images, 6 bytes per element; then 3 · 10^-3 s of mult-adds and 4 · 10^-3 of bytes: 5 together."""
    graph = spec.trace(lambda x: spec.conv(x, "conv", 32, k=1, bias=False), (2, 16, 4, 4))
    macs, image = 2 * 32 * 16 * 16, 2 * 16 * 16
    moved = 2 * (image + 32 * 16 + 2 * 32 * 16)
    kernels = 5e-3 + 6 * image * 1e-9
    for calls, unit, seconds in (("overlap", "SM", max(kernels, 2e-4)), ("wait", "core", kernels + 2e-4)):
        constants = dict.fromkeys(OF_KERNELS, 1e-9) | {"conv": 3e-3 / macs, "conv_bytes": 4e-3 / moved, "op": 1e-4}
        device = from_data({**FILE, "chip": {"units": 1, "unit": unit}, "constants": {"amp": constants}})
        found = costcalc.cost(graph, columns=["predicted"], on=device, as_dtype="amp")["predicted"].number
        assert found == pytest.approx(seconds), calls


def test_calls_that_take_longer_than_the_kernels() -> None:
    """A GPU then waits for the CPU: every layer takes the time of its calls, a convolution's bias none of its own."""
    graph = spec.trace(lambda x: spec.relu(spec.conv(x, "conv", 32, k=1), "relu"), (2, 16, 4, 4))
    device = from_data({**FILE, "constants": {"float32": dict.fromkeys(OF_KERNELS, 1e-12) | {"op": 0.25}}})
    cost = costcalc.cost(graph, columns=["predicted"], on=device)
    assert [row["predicted"].number for row in cost.by_layer().rows] == [0.25, 0.25]


def test_joined_kernels_take_the_time_of_one() -> None:
    """Three elementwise ops are three calls, or one if they are compiled."""
    graph = spec.trace(lambda x: spec.relu(spec.sigmoid(spec.tanh(x, "a"), "b"), "c"), (2, 8))
    constants = dict.fromkeys(OF_KERNELS, 1e-12) | {"op": 0.25}
    device = from_data({**FILE, "constants": {"amp": constants, "amp compiled": constants}})
    for on, calls in ((device, 3), (device.for_compiled(), 1)):
        cost = costcalc.cost(graph, columns=["predicted"], on=on, as_dtype="amp")
        assert cost["predicted"].number == pytest.approx(calls * 0.25)
        assert sum(row["predicted"].number for row in cost.by_layer().rows) == cost["predicted"].number


def test_constants_are_few_and_positive() -> None:
    assert len(OF_KERNELS) <= 12
    assert {setting for _, setting in FITTED} == {"amp", "amp compiled", "float32 compiled"}
    for name, setting in FITTED:
        constants = find(name).constants[setting]
        assert tuple(sorted(constants)) == tuple(sorted(OF_KERNELS))
        assert min(constants.values()) > 0
        assert "benchmarks/published_times.py" in find(name).constants_source


@pytest.mark.parametrize(
    ("constants", "line"),
    [
        ({"amp": {"op": 0.5}}, "expected one for each of op, conv"),
        ({"amp": dict.fromkeys(OF_KERNELS, 0)}, "more than 0 and less than 1, not 0"),
        ({"amp compiled": dict.fromkeys(OF_KERNELS, True)}, "not True"),
        ({"amped": {}}, "unknown dtype 'amped'"),
    ],
)
def test_files_with_wrong_constants_are_refused(constants: Any, line: str) -> None:
    with pytest.raises(costcalc.CostcalcError, match=line):
        from_data({**FILE, "constants": constants})


def test_constants_of_a_device_that_was_not_fitted() -> None:
    """Half the peak and half the bandwidth take twice the seconds per unit; a call takes as long."""
    half = from_data({**FILE, "bandwidth": {"printed": "0.5 GB/s"}, "peaks": {"float16": {"printed": "1 GFLOP/s"}}})
    constants = {kind: 1e-3 * (at + 1) for at, kind in enumerate(OF_KERNELS)}
    found = scaled(half, [(from_data(FILE), constants)], "float16")
    assert found == pytest.approx({kind: each * (1 if kind == "op" else 2) for kind, each in constants.items()})


def test_another_gpu_has_an_estimate_and_says_whose() -> None:
    report = costcalc.table("resnet50", columns=["params", "predicted"], on="h100", as_dtype="amp", batch=64)
    several = costcalc.compare("resnet50", "vgg16", columns=["predicted"], on="h100", as_dtype="amp")
    for text in (report.render(), several.render()):
        assert text.count("constants of NVIDIA H200 SXM, scaled by the printed peak and bandwidth of NVIDIA H100") == 1
    with pytest.raises(costcalc.CostcalcError, match="has no estimate of times in amp"):
        costcalc.table("resnet50", columns=["predicted"], on="mi300x", as_dtype="amp")


def test_memory_beside_the_chip_says_whose_constants() -> None:
    """Data-centre GPUs with HBM take those of the H200, other ones those of GeForce GPUs."""
    for on, whose in (("a100", {"h200"}), ("v100", {"h200"}), ("l4", {"rtx3090", "rtx4090", "rtx5090"})):
        assert {each.name for each in fitted_alike(find(on), "amp")} == {find(each).name for each in whose}
    with pytest.raises(
        costcalc.CostcalcError, match="A100 SXM 80 GB, compiled has no estimate of times in amp compiled"
    ):
        costcalc.cost("resnet50", columns=["predicted"], on="a100 compiled", as_dtype="amp")["predicted"]
    assert costcalc.cost("resnet50", columns=["predicted"], on="l4 compiled", as_dtype="amp")["predicted"].number > 0


def test_other_dtypes_take_the_constants_of_autocast() -> None:
    """Twice the seconds per mult-add at half the peak, the same per byte and call. Measured ones come first."""
    peaks = {"float16": {"printed": "4 GFLOP/s"}, "float32": {"printed": "1 GFLOP/s"}, "tf32": {"printed": "2 GFLOP/s"}}
    amp = dict.fromkeys(OF_KERNELS, 1e-3)
    file = {**FILE, "peaks": peaks, "constants": {"amp": amp}}

    def found(file: dict[str, Any], dtype: str) -> dict[str, float]:
        on, as_dtype = Target.of(from_data(file), dtype)
        return dict(constants_of(Run(costcalc.graph("lenet5"), dtype=as_dtype, on=on)).seconds)

    for dtype, slower in (("fp16", 1), ("tf32", 2), ("fp32", 4)):
        made = found(file, dtype)
        assert (made["op"], made["bytes"]) == (1e-3, 1e-3)
        assert {made["conv"], made["linear"], made["attention"]} == {1e-3 * slower}
    measured = {
        each: dict.fromkeys(OF_KERNELS, 2e-3 + at / 1e3) for at, each in enumerate(("float16", "float32", "tf32"))
    }
    file = {**FILE, "peaks": peaks, "constants": measured}
    assert [found(file, dtype)["conv"] for dtype in ("amp", "fp16", "fp32", "tf32")] == [2e-3, 2e-3, 3e-3, 4e-3]
    with pytest.raises(costcalc.CostcalcError, match="no estimate of times in float64"):
        found({**file, "constants": {"amp": amp}}, "fp64")


def test_compiled_by_the_name_of_the_device() -> None:
    own, compiled = (
        costcalc.cost("resnet50", batch=64, columns=["predicted"], on=on, as_dtype="amp")["predicted"].number
        for on in ("rtx 5090", "RTX-5090 compiled")
    )
    assert 0 < compiled < own


def test_memory_and_measured_times_are_refused_under_autocast() -> None:
    with pytest.raises(costcalc.CostcalcError, match="memory is not computed under autocast"):
        costcalc.cost("lenet5", columns=["peak_memory"], as_dtype="amp")["peak_memory"]
    with pytest.raises(costcalc.CostcalcError, match="time is not measured under autocast"):
        costcalc.compare("lenet5", "vgg11", columns=["time"], as_dtype="amp")


def test_bytes_under_autocast() -> None:
    """fc after a flatten: 4-byte inputs are cast, 2-byte products; the activations are those of the layers alone."""
    graph = spec.trace(lambda x: spec.relu(spec.linear(x, "fc", 8, bias=False), "relu"), (2, 16))
    cost = costcalc.cost(graph, columns=["bytes_moved", "activation_bytes", "param_bytes"], as_dtype="amp")
    rows = {row.name: row for row in cost.by_layer().rows}
    assert rows["fc"]["bytes_moved"].number == 2 * 16 * (4 + 2) + 2 * (2 * 16 + 8 * 16 + 2 * 8)
    assert rows["relu"]["bytes_moved"].number == 2 * 2 * 2 * 8
    assert cost["activation_bytes"].number == 2 * 2 * 2 * 8
    assert cost["param_bytes"].number == 4 * 16 * 8


def test_families_without_an_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(no_estimate, "unreliable", lambda: {("resnet", "amp"): "40"})
    with pytest.raises(costcalc.CostcalcError, match="no estimate of times in amp for networks of the family 'resnet'"):
        costcalc.cost("resnet50", columns=["predicted"], on="rtx4090", as_dtype="amp")["predicted"]
    assert costcalc.cost("vgg16", columns=["predicted"], on="rtx4090", as_dtype="amp")["predicted"].number > 0


def test_the_list_of_families(benchmark: ModuleType) -> None:
    """Each entry of the table is a family of the measured models and a setting that has constants."""
    families = {no_estimate.family(row["model"]) for row in benchmark.measured()}
    listed = no_estimate.unreliable()
    assert {name for name, _ in listed} <= families
    assert {setting for _, setting in listed} <= {setting for _, setting in FITTED}
    assert all(float(error) > 30 for error in listed.values())


def test_folds_are_by_family(benchmark: ModuleType) -> None:
    """All models of a family are in one fold, and each fold has families."""
    fit = importlib.import_module("published_fit")
    folds = Counter(fit.fold(name) for name in {no_estimate.family(row["model"]) for row in benchmark.measured()})
    assert set(folds) == set(range(fit.FOLDS))
    assert no_estimate.family("timm:resnet50d") == no_estimate.family("resnet18") == "resnet"


def test_families_take_turns(benchmark: ModuleType) -> None:
    """A reading that stops early has read about as many models of each family."""
    table = [{"model": name} for name in ("resnet18", "resnet34", "resnet50", "vgg11", "vgg16", "xcit")]
    order = [row["model"] for row in benchmark.in_turns(table)]
    assert order == ["resnet18", "vgg11", "xcit", "resnet34", "vgg16", "resnet50"]
    assert sorted(row["model"] for row in benchmark.in_turns(benchmark.measured())) == sorted(
        row["model"] for row in benchmark.measured()
    )


def test_no_network_is_named_in_the_model(benchmark: ModuleType) -> None:
    """The families of the measured models are in a table, not in the code that predicts."""
    sources = Path(costcalc.__file__).parent / "analysis"
    words = set()
    for name in ("prediction", "kernel_times", "kernels", "fusion", "autocast", "copies"):
        words |= set((sources / f"{name}.py").read_text().replace('"', " ").split())
    assert not words & {row["model"] for row in benchmark.measured()}


def test_published_times() -> None:
    """Four models on two GPUs eager and one compiled, each with its batch: ten of twelve within 30 %."""
    with (folder() / "measured" / "timm.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    errors = []
    for name in ("resnet50", "vit_base_patch16_224", "regnety_032", "mobilenetv3_large_100"):
        row = next(row for row in rows if row["model"] == name and row["rtx3090"])
        size = int(row["size"])
        for column, on in (("rtx3090", "rtx3090"), ("rtx4090", "rtx4090"), ("rtx5090_compiled", "rtx5090 compiled")):
            batch = int(row[f"{column}_batch"])
            cost = costcalc.cost(
                f"timm:{name}", input=(3, size, size), batch=batch, columns=["predicted"], on=on, as_dtype="amp"
            )
            errors.append(abs(cost["predicted"].number * float(row[column]) / batch - 1))
    assert sum(error <= 0.3 for error in errors) >= 10
