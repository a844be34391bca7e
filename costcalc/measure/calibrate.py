"""Calibrate: the rates of this machine, and constants of predicted times, measured, as a device file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from math import isfinite
from typing import Any

import torch
from torch.utils.benchmark import Timer

from costcalc.analysis.device import Device, from_data
from costcalc.analysis.devices import find
from costcalc.analysis.target import TF32
from costcalc.convert.user_code import in_a_line
from costcalc.measure.device import describe, pick
from costcalc.measure.probes import PROBES, measured_constants
from costcalc.measure.setting import DTYPES as DTYPES_OF_TENSORS
from costcalc.measure.setting import Setting
from costcalc.spec import CostcalcError, arguments
from costcalc.spec.progress import steps

DTYPES = ("float64", "float32", "tf32", "bfloat16", "float16")
SIZES = {"cpu": (512, 1024, 2048), "cuda": (2048, 4096, 8192)}
"""Sides of the square matrices; the rate is that of the fastest."""

COPIED = {"cpu": 2**27, "cuda": 2**30}
"""Bytes of the tensor that is copied: more than a cache holds."""

FITTED = "epyc_zen4_1_thread"
"""The CPU whose constants of predicted times are scaled."""

FITTED_DTYPE = "float32"
PREDICTED = ("float32", "tf32", "bfloat16", "float16")
"""Dtypes that constants are measured in."""

FEWEST, PATIENCE = 5, 1.0
"""Runs that are measured at least, unless they take more than that many seconds: others may use the machine."""

RUNS = {"cpu": 1, "cuda": 10}
"""Runs of a small network at once: a GPU then runs one while the CPU calls the next one."""

SLOW = 2.0
"""Seconds of one product after which no larger one is measured."""


def calibrate(
    device: str = "auto", threads: int | None = None, seconds: float = 0.5, dtypes: Sequence[str] = DTYPES
) -> dict[str, Any]:
    """The data of a device file: the fastest matrix product of each dtype, of a copy, and constants of predicted times.

    device   "cpu" or "cuda"; "auto" is CUDA if there is a GPU, otherwise the CPU
    threads  CPU threads; torch's own number by default
    seconds  of repeated runs of each measurement
    dtypes   of the products

    A dtype that the machine cannot multiply is left out; only CUDA has products in TF32.
    Raises CostcalcError if the device is not there.
    """
    where = pick(device)
    if where.type not in SIZES:
        raise CostcalcError(f"device {device!r} has no rates to measure; take cpu or cuda")
    threads = arguments.optional(arguments.integer, "threads", threads, 1) or torch.get_num_threads()
    if not (isfinite(arguments.number("seconds", seconds)) and seconds > 0):
        raise arguments.wrong("seconds", seconds, "a positive number")
    peaks = {dtype: _product(where, dtype, threads, seconds) for dtype in steps(dtypes, "measuring products of")}
    count = f"{threads} thread{'' if threads == 1 else 's'}"
    data = {
        "schema": 1,
        "name": describe(where) + (f", {count}" if where.type == "cpu" else ""),
        "source": f"measured by costcalc calibrate, torch {torch.__version__}, {count}",
        "date": date.today().isoformat(),
        "bandwidth": _copy(where, threads, seconds),
        "peaks": {dtype: cell for dtype, cell in peaks.items() if cell is not None},
    }
    if where.type == "cuda":
        data["chip"] = {"units": torch.cuda.get_device_properties(where).multi_processor_count, "unit": "SM"}
    return data | _constants(from_data(data), where, threads, seconds)


def _constants(device: Device, where: torch.device, threads: int, seconds: float) -> dict[str, Any]:
    """The constants of predicted times, by dtype, and how they were made."""

    def least(run: Callable[[], Any]) -> float:
        return _least(run, threads, seconds, RUNS[where.type])

    scaled = where.type == "cpu" and FITTED_DTYPE in device.peaks
    found: dict[str, Any] = {FITTED_DTYPE: scaled_constants(device)} if scaled else {}
    for dtype in device.peaks:
        made = measured_constants(where, dtype, least) if dtype in PREDICTED and dtype not in found else None
        if made is not None:
            found[dtype] = made
    source = f"measured by costcalc calibrate on {len(PROBES)} small networks"
    if scaled:
        source += f"; in {FITTED_DTYPE}: of {find(FITTED).name}, scaled by the measured peak and bandwidth"
    return {"constants": found, "constants_source": source} if found else {}


def this_machine(device: str, threads: int | None, dtype: str) -> Device:
    """The Device of this machine, measured in a few seconds, for predicted times in a dtype."""
    return from_data(calibrate(device, threads, 0.2, tuple(dict.fromkeys(["float32", dtype]))))


def scaled_constants(device: Device) -> dict[str, float]:
    """Constants of predicted times for a CPU: those of the one that they were fitted on, scaled by the measured rates.

    Seconds per mult-add by the peak, seconds per byte by the bandwidth; those per op stay.
    """
    fitted = find(FITTED)
    compute = fitted.flops(FITTED_DTYPE) / device.flops(FITTED_DTYPE)
    memory = fitted.bandwidth / device.bandwidth
    return {
        kind: float(f"{seconds * (1.0 if kind == 'op' else memory if kind.endswith('bytes') else compute):.4g}")
        for kind, seconds in fitted.constants[FITTED_DTYPE].items()
    }


def _product(device: torch.device, dtype: str, threads: int, seconds: float) -> dict[str, Any] | None:
    """The fastest square product; None if torch has none for the dtype on the device."""
    best: dict[str, Any] | None = None
    fastest = 0.0
    if dtype == TF32 and device.type != "cuda":
        return None
    for size in SIZES[device.type]:
        try:
            a, b = (torch.randn(size, size, device=device).to(DTYPES_OF_TENSORS[dtype]) for _ in range(2))
            out = torch.empty_like(a)
            with Setting(dtype).active():
                taken = _least(lambda a=a, b=b, out=out: torch.mm(a, b, out=out), threads, seconds)  # type: ignore[misc]
        except (RuntimeError, NotImplementedError):
            return best
        rate = 2 * size**3 / taken
        if rate > fastest:
            fastest, best = rate, {"measured": f"{rate / 1e9:.3f} GFLOP/s", "size": size}
        if taken > SLOW / 8:  # the next one takes eight times as long
            break
    return best


def _copy(device: torch.device, threads: int, seconds: float) -> dict[str, Any]:
    size = COPIED[device.type]
    try:
        source = torch.zeros(size // 4, device=device)
        target = torch.empty_like(source)
        taken = _least(lambda: target.copy_(source), threads, seconds)
    except RuntimeError as error:
        raise CostcalcError(f"cannot measure a copy on {device}: {in_a_line(error)}") from error
    return {"measured": f"{2 * size / taken / 1e9:.3f} GB/s", "size": size}


def _least(run: Callable[[], Any], threads: int, seconds: float, runs: int = 1) -> float:
    """The least seconds of a run, of repeated ones; torch's Timer synchronises CUDA, after each number of `runs`."""
    timer = Timer("run()", globals={"run": run}, num_threads=threads)
    timer.timeit(1)
    times: list[float] = []
    while runs * sum(times) < seconds or (len(times) < FEWEST and sum(times) < PATIENCE):
        times.append(timer.timeit(runs).median)
    return min(times)
