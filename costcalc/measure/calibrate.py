"""Calibrate: the rates of this machine, measured, as a device file."""

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

SLOW = 2.0
"""Seconds of one product after which no larger one is measured."""


def calibrate(
    device: str = "auto", threads: int | None = None, seconds: float = 0.5, dtypes: Sequence[str] = DTYPES
) -> dict[str, Any]:
    """The data of a device file: the fastest matrix product of each dtype, and of a copy, read and written.

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
    return data | scaled_constants(from_data(data)) if where.type == "cpu" else data


def this_machine(device: str, threads: int | None, dtype: str) -> Device:
    """The Device of this machine, measured in a few seconds, for predicted times in a dtype."""
    return from_data(calibrate(device, threads, 0.2, tuple(dict.fromkeys(["float32", dtype]))))


def scaled_constants(device: Device) -> dict[str, Any]:
    """Constants of predicted times for a CPU: those of the one that they were fitted on, scaled by the measured rates.

    Seconds per mult-add by the peak, seconds per byte by the bandwidth; those per op stay.
    """
    fitted, dtype = find(FITTED), "float32"
    if dtype not in device.peaks:
        return {}
    compute = fitted.flops(dtype) / device.flops(dtype)
    memory = fitted.bandwidth / device.bandwidth
    constants = {
        kind: float(f"{seconds * (1.0 if kind == 'op' else memory if kind.endswith('bytes') else compute):.4g}")
        for kind, seconds in fitted.constants[dtype].items()
    }
    return {
        "constants": {dtype: constants},
        "constants_source": f"of {fitted.name}, scaled by the measured peak and bandwidth",
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


def _least(run: Callable[[], Any], threads: int, seconds: float) -> float:
    """The least seconds of a run, of repeated ones; torch's Timer synchronises CUDA."""
    timer = Timer("run()", globals={"run": run}, num_threads=threads)
    timer.timeit(1)
    times: list[float] = []
    while sum(times) < seconds:
        times.append(timer.timeit(1).median)
    return min(times)
