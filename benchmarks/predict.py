"""Predicted against measured times: fit a device's constants on some families of networks, judge on the others.

    python benchmarks/predict.py measure times.jsonl      # one CPU thread; minutes
    python benchmarks/predict.py judge times.jsonl        # leaves one family out at a time; prints a Markdown table
    python benchmarks/predict.py fit times.jsonl          # constants of all networks, for a device file
    python benchmarks/predict.py measure times.jsonl bfloat16
    python benchmarks/predict.py probes times.jsonl       # by the constants that calibrate measures, none fitted

Measured is the least CPU time of a pass on one thread, which other processes disturb less than the time of a clock.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from costcalc import models
from costcalc.analysis.device import KINDS
from costcalc.analysis.kernel_times import by_node, kernels_of
from costcalc.analysis.prediction import work
from costcalc.measure.probes import measured_constants
from costcalc.measure.setting import DTYPES, Setting
from costcalc.measure.subject import Subject
from costcalc.openers import read
from costcalc.spec.run import Run

NETWORKS = (
    "alexnet", "vgg11", "googlenet", "inception_bn", "inception_v3", "nin", "zfnet", "resnet18", "resnet34", "resnet50",
    "resnext50_32x4d", "squeezenet1_0", "squeezenet1_1", "mobilenet_v1", "mobilenet_v2", "mobilenet_v3_small",
    "mobilenet_v3_large", "mnasnet1_0", "shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "densenet121", "efficientnet_b0",
    "torchvision:efficientnet_b1", "torchvision:regnet_y_400mf", "torchvision:regnet_x_800mf", "torchvision:vit_b_32",
    "torchvision:swin_t", "torchvision:convnext_tiny",
)  # fmt: skip
BATCHES = (1, 8)
SECONDS = 0.8
"""Of repeated passes per network and batch."""


def measure(file: Path, networks: Sequence[str], dtype: str = "float32") -> None:
    """Append a line per network and batch: its seconds, and its work by kind."""
    torch.set_num_threads(1)
    for name in networks:
        for batch in BATCHES:
            request = models.request_of(name, batch=batch)
            graph = read(request)
            model, inputs = Setting(dtype).build(Subject(graph, request), torch.device("cpu"))
            with torch.no_grad():
                taken = least(lambda model=model, inputs=inputs: model(*inputs))
            run = Run(graph, dtype=dtype)
            line = {"network": name, "batch": batch, "dtype": dtype, "seconds": taken, "work": total_work(run)}
            with file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(line) + "\n")
            print(f"{name} at batch {batch}: {1e3 * taken:.1f} ms", file=sys.stderr)


def least(run: Callable[[], Any]) -> float:
    """The least CPU time of a run, of repeated ones."""
    taken: list[float] = []
    run()
    while len(taken) < 3 or sum(taken) < SECONDS:
        begun = time.thread_time()
        run()
        taken.append(time.thread_time() - begun)
    return min(taken)


def total_work(run: Run) -> dict[str, int]:
    """The work of all nodes that run, by kind."""
    found: dict[str, int] = {}
    for node, each in work(run).items():
        if node not in run.not_run:
            for kind, number in (each or {}).items():
                found[kind] = found.get(kind, 0) + number
    return found


def family(network: str) -> str:
    """The leading letters of the name, without the library."""
    found = re.match(r"[a-z]+", network.rpartition(":")[2])
    return found[0] if found else network


def fitted(lines: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Seconds per unit, none negative, with the least sum of squared relative errors."""
    rows = np.array([[line["work"].get(kind, 0) / line["seconds"] for kind in KINDS] for line in lines])
    size = np.linalg.norm(rows, axis=0)
    size[size == 0] = 1
    found = nonnegative(rows / size, np.ones(len(lines))) / size
    return dict(zip(KINDS, map(float, found), strict=True))


def nonnegative(a: Any, b: Any) -> Any:
    """Least squares without negative coefficients (Lawson and Hanson 1974, algorithm NNLS)."""
    x, free = np.zeros(a.shape[1]), np.zeros(a.shape[1], bool)
    for _ in range(10 * a.shape[1]):
        slope = np.where(free, -np.inf, a.T @ (b - a @ x))
        if slope.max() <= 1e-9:
            break
        free[slope.argmax()] = True
        while True:
            z = np.zeros_like(x)
            z[free] = np.linalg.lstsq(a[:, free], b, rcond=None)[0]
            if (z[free] > 0).all():
                break
            below = free & (z <= 0)
            x = x + (x[below] / (x[below] - z[below])).min() * (z - x)
            free &= x > 1e-12
        x = z
    return x


def judged(lines: Sequence[Mapping[str, Any]]) -> list[tuple[str, int, float, float]]:
    """Network, batch, measured and predicted seconds; the constants are fitted without its family."""
    found = []
    for name in sorted({family(line["network"]) for line in lines}):
        constants = fitted([line for line in lines if family(line["network"]) != name])
        for line in lines:
            if family(line["network"]) == name:
                seconds = sum(constants[kind] * number for kind, number in line["work"].items())
                found.append((line["network"], line["batch"], line["seconds"], seconds))
    return found


def by_probes(lines: Sequence[Mapping[str, Any]]) -> list[tuple[str, int, float, float]]:
    """Network, batch, measured and predicted seconds; the constants are those of calibrate's small networks."""
    torch.set_num_threads(1)
    dtypes = {line["dtype"] for line in lines}
    constants = {dtype: measured_constants(torch.device("cpu"), dtype, least) for dtype in dtypes}
    print(json.dumps(constants), file=sys.stderr)
    found = []
    for line in lines:
        run = Run(read(models.request_of(line["network"], batch=line["batch"])), dtype=line["dtype"])
        times = by_node(kernels_of(run, False), constants[line["dtype"]] or {}, queued=False)
        found.append((line["network"], line["batch"], line["seconds"], sum(times.values())))
    return found


def main() -> None:
    """Run one of measure, judge, fit and probes."""
    command, file, *others = sys.argv[1:]
    if command == "measure":
        dtype = others.pop(0) if others and others[0] in DTYPES else "float32"
        measure(Path(file), others or NETWORKS, dtype)
        return
    lines = [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines()]
    if command == "fit":
        print(json.dumps({kind: float(f"{number:.4g}") for kind, number in fitted(lines).items()}, indent=2))
        return
    print("| network | batch | measured ms | predicted ms | error |\n|---|---|---|---|---|")
    rows = by_probes(lines) if command == "probes" else judged(lines)
    for name, batch, taken, guess in rows:
        print(f"| {name} | {batch} | {1e3 * taken:,.1f} | {1e3 * guess:,.1f} | {100 * (guess / taken - 1):+.0f} % |")
    errors = np.array([abs(guess / taken - 1) for *_, taken, guess in rows])
    print(
        f"\n{len(rows)} rows, {len({family(name) for name, *_ in rows})} families: median error "
        f"{100 * np.median(errors):.1f} %, 90th percentile {100 * np.quantile(errors, 0.9):.0f} %, within 30 %: "
        f"{100 * (errors <= 0.3).mean():.0f} %."
    )


if __name__ == "__main__":
    main()
