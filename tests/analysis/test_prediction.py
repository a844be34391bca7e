"""Predicted times: the work of each kind, times a device's seconds per unit."""

import json
from pathlib import Path
from typing import Any

import pytest

import costcalc
from costcalc import spec
from costcalc.analysis.cost import Cost
from costcalc.analysis.device import KINDS, from_data
from costcalc.analysis.devices import devices
from costcalc.analysis.prediction import FRESH, work

FILE: dict[str, Any] = {
    "schema": 1, "name": "Mine", "source": "made for a test", "date": "2026",
    "bandwidth": {"printed": "1 GB/s"}, "peaks": {"float32": {"printed": "1 GFLOP/s"}},
    "constants_source": "made up",
}  # fmt: skip


def network(x: spec.Tensor) -> spec.Tensor:
    x = spec.conv(x, "conv", 8, k=3, padding=1, bias=False)
    x = spec.conv(x, "depthwise", 8, k=3, padding=1, groups=8, bias=False)
    x = spec.conv(x, "grouped", 8, k=1, groups=2, bias=False)
    x = spec.max_pool(x, "pool", k=2)
    x = spec.relu(spec.lrn(x, "lrn", size=5), "relu")
    return spec.linear(spec.flatten(x, "flatten"), "linear", 10, bias=False)


def test_the_work_of_each_kind() -> None:
    """8x8 positions; 4 bytes per element."""
    graph = spec.trace(network, (1, 4, 8, 8))
    found = {node.name: each for node, each in work(Cost(graph).run).items()}
    full, pooled = 8 * 8 * 8, 8 * 4 * 4
    assert found["conv"] == {"op": 1, "conv": full * 4 * 9, "product_bytes": 4 * (4 * 64 + 8 * 4 * 9 + full)}
    assert found["depthwise"] == {"op": 1, "depthwise": full * 9, "product_bytes": 4 * (full + 8 * 9 + full)}
    assert found["grouped"] == {"op": 1, "grouped": full * 4, "product_bytes": 4 * (full + 8 * 4 + full)}
    assert found["pool"] == {"op": 1, "pool_bytes": 4 * (full + pooled)}
    assert found["lrn"] == {"op": 1, "lrn_bytes": 4 * 2 * pooled}
    assert found["relu"] == {"op": 1, "bytes": 4 * 2 * pooled}
    assert found["flatten"] == {}
    assert found["linear"] == {"op": 1, "linear": pooled * 10, "product_bytes": 4 * (pooled + pooled * 10 + 10)}


def test_memory_that_is_taken_anew() -> None:
    """An output of 32 MiB, 2^23 numbers, is fresh; one that is smaller, or in place, is not."""
    for elements, inplace, fresh in ((2**23, False, FRESH), (2**23 - 1, False, 0), (2**23, True, 0)):
        graph = spec.trace(lambda x, inplace=inplace: spec.relu(x, "relu", inplace=inplace), (1, elements))
        ((_, found),) = work(Cost(graph).run).items()
        assert found is not None
        assert found.get("fresh_bytes", 0) == fresh


@pytest.mark.parametrize("kind", KINDS)
def test_predicted_is_work_times_seconds_per_unit(kind: str) -> None:
    device = from_data({**FILE, "constants": {"float32": {kind: 0.5}}})
    cost = costcalc.cost(spec.trace(network, (1, 4, 8, 8)), columns=["predicted"], on=device)
    units = sum(each.get(kind, 0) for each in work(cost.run).values() if each)
    assert cost["predicted"].number == 0.5 * units
    assert sum(row["predicted"].number for row in cost.by_block().rows) == 0.5 * units


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"on": "mi300x"}, "MI300X has no estimate of times in float32: its file has no constants of times"),
        ({"on": "h200", "as_dtype": "fp64"}, "NVIDIA H200 SXM has no estimate of times in float64"),
        (
            {"on": "epyc_zen4_1_thread", "as_dtype": "fp64"},
            "has no estimate of times in float64; it has constants",
        ),
    ],
)
def test_no_estimate_without_constants(arguments: dict[str, str], line: str) -> None:
    cost = costcalc.cost("lenet5", columns=["predicted"], **arguments)
    with pytest.raises(costcalc.CostcalcError, match=line):
        cost["predicted"]


def test_a_head_that_does_not_run_takes_no_time() -> None:
    names, on = ("googlenet_aux", "googlenet"), "epyc_zen4_1_thread"
    aux, plain = (costcalc.cost(name, columns=["predicted"], on=on)["predicted"].number for name in names)
    assert aux == pytest.approx(plain, rel=1e-12)


def test_constants_have_a_provenance() -> None:
    fitted = [device for device in devices().values() if device.constants]
    assert fitted
    assert all("benchmarks/" in device.constants_source for device in fitted)
    assert all(len(each) <= 12 for device in fitted for each in device.constants.values())


def test_measured_beside_predicted(tmp_path: Path) -> None:
    """A quarter of a second per op: LeNet-5 has 47 that read or write, its split and its flatten do not."""
    pytest.importorskip("torch")
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({**FILE, "constants": {"float32": {"op": 0.25}}}))
    report = costcalc.time("lenet5", seconds=0.01, threads=1, device="cpu", by_layer=True, on=str(file))
    (timing,) = report.data()["timings"]
    assert timing["predicted"] == 0.25 * 47
    assert sum(layer["predicted"] for layer in timing["layers"]) == timing["predicted"]
    assert timing["bound"] == pytest.approx(sum(layer["bound"] for layer in timing["layers"]))
    assert "With a clock around each layer the pass takes " in report.render()
    report = costcalc.time("lenet5", seconds=0.01, threads=1, device="cpu", on=str(file))
    frame = report.to_pandas()
    assert frame["predicted_error"][0] == pytest.approx(0.25 * 47 / frame["median_seconds"][0] - 1)
    plain = costcalc.time("lenet5", seconds=0.01, threads=1, device="cpu", on="mi300x").data()["timings"][0]
    assert (plain["predicted"], plain["device"]) == (None, "AMD Instinct MI300X")
    assert plain["bound"] > 0
    others = costcalc.time("lenet5", seconds=0.01, threads=1, device="cpu", on="a100")
    assert (
        others.data()["timings"][0]["predicted"]
        == costcalc.cost("lenet5", columns=["predicted"], on="a100")["predicted"].number
    )
    assert "which no measured time has judged" in others.render().replace("\n", " ")


def test_this_machine_is_calibrated_for_predict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Constants of the fitted CPU, per mult-add by the peak and per byte by the bandwidth."""
    pytest.importorskip("torch")
    from costcalc.measure import calibrate

    fitted = devices()["epyc_zen4_1_thread"]
    scaled = calibrate.scaled_constants(from_data(FILE))  # 1 GFLOP/s and 1 GB/s
    assert scaled["op"] == fitted.constants["float32"]["op"]
    for kind, rate in (("conv", fitted.flops("float32")), ("bytes", fitted.bandwidth)):
        assert scaled[kind] == pytest.approx(fitted.constants["float32"][kind] * rate / 1e9, rel=1e-3)
    monkeypatch.setattr(calibrate, "SIZES", {"cpu": (64,)})
    monkeypatch.setattr(calibrate, "COPIED", {"cpu": 2**16})
    monkeypatch.setattr(calibrate, "measured_constants", lambda *_: None)
    report = costcalc.time("lenet5", seconds=0.01, threads=1, device="cpu", predict=True)
    assert report.data()["timings"][0]["predicted"] > 0
    assert "Median error of 1 model: " in report.render()
