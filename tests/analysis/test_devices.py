"""Devices: each peak again from units x clock x rate, figures as printed, and files that are wrong."""

import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from costcalc.analysis.device import computed, from_data, read_device
from costcalc.analysis.devices import devices, find
from costcalc.analysis.published import folder
from costcalc.spec import CostcalcError

FILES = sorted((folder() / "devices").glob("*.json"))
CELLS = [(file.stem, dtype) for file in FILES for dtype in json.loads(file.read_text())["peaks"]]


@pytest.mark.parametrize(("name", "dtype"), CELLS)
def test_a_peak_is_units_times_clock_times_rate(name: str, dtype: str) -> None:
    """To the printed digits; twice that if it is printed with sparsity. A cell without a rate says why, or cannot."""
    data = json.loads((folder() / "devices" / f"{name}.json").read_text())
    cell = data["peaks"][dtype]
    found = computed(cell, data.get("chip", {}))
    if found is None:
        assert "printed" in cell or "measured" in cell
        return
    if "printed" not in cell:
        assert devices()[name].peaks[dtype] == found
        return
    number, unit = cell["printed"].split()
    printed = Decimal(number.replace(",", ""))
    scale = {"TFLOP/s": 10**12, "PFLOP/s": 10**15}[unit]
    again = Decimal(found * (2 if cell["sparse"] else 1)) / scale
    assert again.quantize(printed, ROUND_HALF_UP) == printed


def test_most_peaks_are_recomputed() -> None:
    data = {file.stem: json.loads(file.read_text()) for file in FILES}
    again = [pair for pair in CELLS if computed(data[pair[0]]["peaks"][pair[1]], data[pair[0]].get("chip", {}))]
    assert len(again) > 0.8 * len(CELLS)


# Dense fp16 with fp32 accumulation in GFLOP/s, and bandwidth in GB/s, as the datasheets print them.
@pytest.mark.parametrize(
    ("name", "gigaflops", "bandwidth"),
    [
        ("v100", 125_000, 900), ("t4", 65_000, 320), ("a100", 312_000, 2_039), ("a100_40gb", 312_000, 1_555),
        ("h100", 989_500, 3_350), ("h200", 989_500, 4_800), ("b200", 2_250_000, 8_000), ("l4", 121_000, 300),
        ("L40S", 362_050, 864), ("RTX 3090", 71_000, 936), ("rtx-4090", 165_200, 1_008), ("rtx5090", 209_500, 1_792),
        ("orin", 42_500, 204.8), ("mi300x", 1_307_400, 5_300),
    ],
)  # fmt: skip
def test_figures_as_printed(name: str, gigaflops: int, bandwidth: float) -> None:
    device = find(name)
    assert (device.flops("float16"), device.bandwidth) == (gigaflops * 10**9, int(bandwidth * 1000) * 10**6)


def test_a_name_alone_is_the_usual_one() -> None:
    assert find("a100").name == "NVIDIA A100 SXM 80 GB"
    assert find("H100").name == "NVIDIA H100 SXM"
    assert find("nvidia h100 pcie") == devices()["h100_pcie"]


def test_a_cpu_is_cores_times_clock_times_units_times_lanes_times_2() -> None:
    assert find("xeon_8380").flops("float32") == 40 * 2_300 * 10**6 * 2 * 16 * 2
    assert find("epyc_7763").flops("float64") == 64 * 2_450 * 10**6 * 2 * 4 * 2


def test_each_device_has_its_own_names() -> None:
    names = [name for key, device in devices().items() for name in (key, device.name.lower(), *device.also)]
    assert len(names) == len(set(names))
    assert all(device.source and device.date for device in devices().values())


def test_tf32_is_a_rate_of_float32_tensors() -> None:
    assert find("a100").in_tf32().flops("float32") == 156 * 10**12
    with pytest.raises(CostcalcError, match="NVIDIA V100 SXM2 has no peak for tf32; there are float64, float32, float"):
        find("v100").in_tf32()


RIGHT: dict[str, Any] = {
    "schema": 1, "name": "Mine", "source": "measured", "date": "2026-01-01",
    "bandwidth": {"measured": "12.5 GB/s"}, "peaks": {"float32": {"measured": "93.25 GFLOP/s"}},
}  # fmt: skip


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(RIGHT))
    assert (find(str(file)).flops("float32"), find(str(file)).bandwidth) == (93_250 * 10**6, 12_500 * 10**6)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"schema": 2}, 'expected an object with "schema": 1'),
        ({"name": ""}, "name: expected a text"),
        ({"source": 3}, "source: expected a text"),
        ({"peaks": {}}, "peaks: expected a rate for at least one dtype"),
        ({"peaks": []}, "peaks: expected an object"),
        ({"peaks": {"fp99": {}}}, "peaks: unknown dtype 'fp99'"),
        ({"peaks": {"float32": {}}}, "float32: expected a figure, or fma_units and lanes with a chip"),
        ({"peaks": {"float32": {"printed": 12}}}, "float32: 12 is not a figure; expected one like '1,979 TFLOP/s'"),
        ({"peaks": {"float32": {"printed": "1 GB/s"}}}, "float32: '1 GB/s' is not a figure"),
        ({"peaks": {"float32": {"printed": "0 TFLOP/s"}}}, "float32: '0 TFLOP/s' is not a rate"),
        ({"peaks": {"float32": {"printed": "-1 TFLOP/s"}}}, "float32: '-1 TFLOP/s' is not a figure"),
        ({"peaks": {"float32": {"printed": "NaN TFLOP/s"}}}, "float32: 'NaN TFLOP/s' is not a figure"),
        ({"peaks": {"float32": {"printed": "9" * 20 + " PFLOP/s"}}}, "is not a rate; expected more than 0"),
        ({"peaks": {"float32": {"printed": "1 TFLOP/s", "sparse": "no"}}}, "float32: sparse: expected true or false"),
        (
            {"peaks": {"float32": {"fma_units": 2, "lanes": 8}}, "chip": {"units": 1e9, "clock_mhz": 1}},
            "units: expected a whole number from 1 to 10^9, not 1000000000.0",
        ),
        ({"bandwidth": {"printed": "1 TFLOP/s"}}, "bandwidth: '1 TFLOP/s' is not a figure; expected one like"),
        ({"bandwidth": None}, "bandwidth: expected an object"),
        ({"constants": {"float32": {"op": 1e-5}}}, "constants_source: expected a text"),
        ({"constants": {"float32": {"flop": 1e-5}}}, "constants: unknown kind of work 'flop'; there are op, conv, "),
        (
            {"constants": {"float32": {"op": -1}}},
            "constants: op: expected seconds per unit, from 0 to less than 1, not",
        ),
        ({"constants": {"float32": {"op": float("nan")}}}, "constants: op: expected seconds per unit, from 0 to less"),
        ({"constants": {"float32": {"op": True}}}, "constants: op: expected seconds per unit, from 0 to less than 1"),
        ({"constants": {"fp99": {}}}, "constants: unknown dtype 'fp99'"),
        ({"also": "a100"}, "also: expected a list of names"),
    ],
)
def test_a_wrong_file_is_one_line(change: dict[str, Any], line: str) -> None:
    assert from_data(RIGHT).name == "Mine"
    with pytest.raises(CostcalcError) as error:
        from_data({**RIGHT, **change})
    assert line in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 30_000, b"\xff", b" " * 2**17, b"1" * 5_000, b"null"])
def test_a_file_that_is_not_one_of_a_device(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_bytes(content)
    with pytest.raises(CostcalcError, match="is not a device file") as error:
        read_device(file)
    assert "\n" not in str(error.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CostcalcError, match="cannot read the device file"):
        find(str(tmp_path / "none.json"))
    with pytest.raises(CostcalcError, match="cannot read the device file"):
        find(f"{tmp_path}/")
    with pytest.raises(CostcalcError, match=r"unknown device 'a10'; .*there are a100_40gb"):
        find("a10")
