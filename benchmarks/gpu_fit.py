"""Would constants fitted to the times of benchmarks/cuda.sh predict better? python benchmarks/gpu_fit.py FOLDER

Factors on the constants of the device, per dtype, are fitted to all networks but one, and judged on that one: none at
all, or factors on calls, on convolutions, on other products, on bytes. Prints the median errors as a Markdown table.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from gpu_page import of_datasheet

import costcalc
from costcalc.analysis.constants import constants_of
from costcalc.analysis.device import Device
from costcalc.analysis.kernel_times import seconds
from costcalc.analysis.kernels import kernels
from costcalc.analysis.target import Target
from costcalc.spec.run import Run

PARTS = ("calls", "convolutions", "other products", "bytes")
CONVOLUTIONS = ("conv", "grouped", "depthwise_wide", "depthwise_last")
SETS = ((), (1,), (0, 1), (1, 2, 3), (0, 1, 2, 3))
"""The parts that have factors, in turn."""

PULL = 1.0
"""Weight of the squared logarithms of the factors, beside the sum of the networks' errors."""


class Case(NamedTuple):
    """A network at a batch: measured seconds, and its kernels by their constants, as `(mult-adds, bytes)` and calls."""

    network: str
    batch: int
    measured: float
    run: Run
    kernels: Sequence[Any]


def cases(folder: Path, dtype: str, device: Device) -> list[Case]:
    """The timed networks of a dtype: eager, channels first, each once."""
    found = {}
    for line in json.loads((folder / "figures.json").read_text(encoding="utf-8"))["times"]:
        if line["dtype"] == dtype and line["mode"] == "eval" and not line["channels_last"] and not line["compiled"]:
            on, run_in = Target.of(device, dtype)
            run = Run(costcalc.graph(line["model"], batch=line["batch"]), dtype=run_in, on=on)
            case = Case(line["model"], line["batch"], line["seconds"], run, kernels(run))
            found.setdefault((case.network, case.batch), case)
    return list(found.values())


def predicted(case: Case, constants: Mapping[str, float]) -> float:
    """The larger one of the seconds of calls and of kernels."""
    calls = constants["op"] * sum(kernel.call for kernel in case.kernels)
    return max(calls, sum(seconds(kernel, constants) for kernel in case.kernels))


def with_factors(constants: Mapping[str, float], logs: Any) -> dict[str, float]:
    """The constants times the factor of their part."""
    return {kind: number * float(np.exp(logs[_part(kind)])) for kind, number in constants.items()}


def _part(kind: str) -> int:
    return 0 if kind == "op" else 3 if kind.endswith("bytes") else 1 if kind in CONVOLUTIONS else 2


def fitted(chosen: Sequence[Case], constants: Mapping[str, float], parts: Sequence[int]) -> Any:
    """The logarithms of the factors, by steps along each that become smaller."""

    def loss(logs: Any) -> float:
        own = with_factors(constants, logs)
        return sum(abs(np.log(predicted(case, own) / case.measured)) for case in chosen) + PULL * float(logs @ logs)

    found, step = np.zeros(len(PARTS)), 0.3
    least = loss(found)
    while parts and step > 0.01:
        tries = [found + sign * step * np.eye(len(PARTS))[part] for part in parts for sign in (1, -1)]
        best = min(tries, key=loss)
        if loss(best) < least:
            found, least = best, loss(best)
        else:
            step /= 2
    return found


def errors(all_cases: Sequence[Case], parts: Sequence[int]) -> list[float]:
    """The error of each case, by factors that were fitted without its network."""
    constants = constants_of(all_cases[0].run).seconds
    made = []
    for name in sorted({case.network for case in all_cases}):
        own = with_factors(constants, fitted([case for case in all_cases if case.network != name], constants, parts))
        made += [abs(predicted(case, own) / case.measured - 1) for case in all_cases if case.network == name]
    return made


def main(folder: Path) -> None:
    """Print the table."""
    device, dtypes = of_datasheet(folder), ("float32", "tf32", "bfloat16")
    assert device is not None
    every = {dtype: cases(folder, dtype, device) for dtype in dtypes}
    print(f"| fitted per dtype | {' | '.join(dtypes)} |\n|---|---|---|---|")
    for parts in SETS:
        cells = [f"{100 * np.median(errors(every[dtype], parts)):.0f} %" for dtype in dtypes]
        print(f"| {', '.join(PARTS[part] for part in parts) or 'nothing'} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
