"""Predicted against published times of 1,631 models of timm, on three GPUs and a CPU: `tables/measured/timm.csv`.

    python benchmarks/published_times.py read cache.jsonl     # reads all models: half an hour; goes on where it stopped
    python benchmarks/published_times.py judge cache.jsonl    # all tables, and the constants for device files

The work of each model is that of costcalc's own kernels (`costcalc.analysis.kernels`), and its time is computed by the
function that `predicted` uses; the columns of the published files other than batch and throughput are not used.
"""

from __future__ import annotations

import csv
import gc
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from costcalc import models
from costcalc.analysis.device import OF_KERNELS, Device
from costcalc.analysis.devices import find
from costcalc.analysis.kernel_times import WORK, joint, kernels_of, scaled
from costcalc.analysis.kernels import Kernel
from costcalc.analysis.no_estimate import family
from costcalc.analysis.published import folder
from costcalc.convert import sources
from costcalc.convert.compiled import without_compiling
from costcalc.spec import CostcalcError, Graph
from costcalc.spec.run import Run

BATCH = 2
"""Of the graphs that are read. Work that depends on the input grows with the batch."""

FOLDS = 5


class File(NamedTuple):
    """A column of published times: the device, the constants that predict it, and if models were reparametrised."""

    device: str
    setting: str
    fused: bool


FILES = {
    "rtx3090": File("rtx3090", "amp", False),
    "rtx4090": File("rtx4090", "amp", True),
    "rtx5090": File("rtx5090", "amp", True),
    "rtx5090_compiled": File("rtx5090", "amp compiled", True),
    "core_i9_10940x_compiled": File("core_i9_10940x", "float32 compiled", False),
}
SETTINGS = ("amp", "amp compiled", "float32 compiled")
KERNELS = tuple(WORK)

Row = tuple[int, float, float, float, int]
"""Kernels that are alike: the number of their kind, mult-adds and bytes per image, other bytes, their number."""


def measured() -> list[dict[str, str]]:
    """The rows of the published table."""
    with (folder() / "measured" / "timm.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def read(cache: Path) -> None:
    """Append a line per model and size to the cache: its work in each setting, plain and reparametrised."""
    done = {(line["model"], line["size"]) for line in cached(cache)} if cache.exists() else set()
    for row in measured():
        name, size = row["model"], int(row["size"])
        if (name, size) in done:
            continue
        line: dict[str, Any] = {"model": name, "size": size}
        try:
            for form, graph in graphs(name, size):
                line[form] = {setting: rows(graph, setting) for setting in SETTINGS}
        except CostcalcError as error:
            line["error"] = str(error)
        with cache.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(line) + "\n")
        gc.collect()


def cached(cache: Path) -> Iterator[dict[str, Any]]:
    """The lines of the cache."""
    with cache.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def graphs(name: str, size: int) -> Iterator[tuple[str, Graph]]:
    """The graph of a model at a size, and that of the reparametrised one if it has other modules then."""
    from timm.utils.model import reparameterize_model

    request = models.request_of(f"timm:{name}", input=(3, size, size), batch=BATCH)
    try:
        graph = _graph(request)
    except CostcalcError:  # the size of its images is an argument
        request = models.request_of(f"timm:{name}", input=(3, size, size), batch=BATCH, args={"img_size": size})
        graph = _graph(request)
    yield "plain", graph
    with without_compiling():
        module, _ = sources.load(request)
        ways = ("fuse", "reparameterize", "switch_to_deploy")
        if any(hasattr(child, way) for child in module.modules() for way in ways):
            module, _ = sources.load(request, real=True)
            yield "fused", sources.read_module(request, reparameterize_model(module.eval(), inplace=True))


def _graph(request: Any) -> Graph:
    with without_compiling():
        module, _ = sources.load(request)
    return sources.read_module(request, module)


def rows(graph: Graph, setting: str) -> list[Row]:
    """The kernels of a graph in a setting, those that are alike together."""
    run = Run(graph, dtype="amp" if setting.startswith("amp") else None)
    found = kernels_of(run, setting.endswith("compiled"))
    held = _held(found, len(graph.inputs))
    counts: dict[tuple[int, float, float, float], int] = {}
    for kernel in found:
        moved = [*kernel.reads, *kernel.writes]
        fixed = sum(value.nbytes for value in moved if value.storage in held)
        grows = any(value.storage not in held for value in kernel.writes)
        nbytes = sum(value.nbytes for value in moved) - fixed
        key = (KERNELS.index(kernel.kind), kernel.macs / BATCH, nbytes / BATCH, float(fixed + kernel.weights))
        if not grows:
            key = (key[0], 0.0, 0.0, float(kernel.nbytes))
        counts[key] = counts.get(key, 0) + 1
    return [(*key, count) for key, count in counts.items()]


def _held(found: Sequence[Kernel], inputs: int) -> set[int]:
    """The storages that do not depend on the network's inputs, which have the first numbers."""
    grows = set(range(inputs))
    for kernel in found:
        if any(value.storage in grows for value in kernel.reads):
            grows |= {value.storage for value in kernel.writes}
    return {value.storage for kernel in found for value in (*kernel.reads, *kernel.writes)} - grows


class Data:
    """The work and the measured times of one column: arrays with an entry per group of kernels, `row` their model."""

    def __init__(self, column: str, lines: Sequence[Mapping[str, Any]]) -> None:
        by_model = {(line["model"], line["size"]): line for line in lines}
        file, self.names, seconds, parts = FILES[column], [], [], []
        for entry in measured():
            line = by_model.get((entry["model"], int(entry["size"])), {})
            form = line.get("fused") if file.fused and "fused" in line else line.get("plain")
            if not entry[column] or form is None:
                continue
            batch = int(entry[f"{column}_batch"])
            part = np.array(form[file.setting], float)
            parts.append(np.column_stack([np.full(len(part), len(seconds)), part, np.full(len(part), batch)]))
            seconds.append(batch / float(entry[column]))
            self.names.append(entry["model"])
        row, kind, macs, nbytes, fixed, count, batch = np.concatenate(parts).T
        self.seconds, self.row, self.count = np.array(seconds), row.astype(int), count
        self.macs, self.nbytes = macs * batch, nbytes * batch + fixed
        kinds = kind.astype(int)
        place = {name: at for at, name in enumerate(OF_KERNELS)}
        self.compute = np.array([place.get(WORK[each].compute, -1) for each in KERNELS])[kinds]
        self.memory = np.array([place[WORK[each].memory] for each in KERNELS])[kinds]
        self.families = np.array([family(name) for name in self.names])

    def predicted(self, constants: Any) -> Any:
        """The predicted seconds of each model, for constants in the order of `OF_KERNELS`."""
        compute = np.where(self.compute < 0, 0.0, self.macs * constants[self.compute])
        times = joint(constants[0], compute, self.nbytes * constants[self.memory])
        return np.bincount(self.row, times * self.count, len(self.seconds))


def fold(name: str) -> int:
    """The fold of a family, which does not depend on the other families."""
    return int(sha256(name.encode()).hexdigest(), 16) % FOLDS


NEAR, STEP = 0.04, 1e-4
PRIOR = np.full(len(OF_KERNELS), 0.3)


def fitted(data: Data, device: Device, chosen: Any, start: Any = None) -> Any:
    """The constants with the least sum of relative errors, all positive, by Gauss and Newton's method in logarithms.

    Errors below `NEAR` are squared. A weak prior keeps constants that few models need near the device's printed rates.
    """
    prior, weight = np.log(_printed(device)), PRIOR.copy()
    weight[0] *= 100 if device.cuda else 1  # large batches, as all there are, say little about the seconds of a call
    found = prior if start is None else np.log(start)
    damping, (errors, slopes) = 1e-3, _errors(data, found, chosen)
    loss = _loss(errors, found, prior, weight)
    for _ in range(40):
        weights = 1 / np.maximum(np.abs(errors), NEAR)
        square = slopes.T @ (slopes * weights[:, None]) + np.diag(weight)
        slope = slopes.T @ (errors * weights) + weight * (found - prior)
        while damping < 1e6:
            step = np.linalg.solve(square + damping * np.diag(np.diag(square)), slope).clip(-1, 1)
            trial = np.log(data.predicted(np.exp(found - step))[chosen]) - np.log(data.seconds[chosen])
            if _loss(trial, found - step, prior, weight) < loss:
                break
            damping *= 5
        else:
            break
        found, before, damping = found - step, loss, damping / 5
        errors, slopes = _errors(data, found, chosen)
        loss = _loss(errors, found, prior, weight)
        if before - loss < 1e-5 * before:
            break
    return np.exp(found)


def _errors(data: Data, logs: Any, chosen: Any) -> tuple[Any, Any]:
    """Logarithms of predicted over measured, and their slopes."""
    here = np.log(data.predicted(np.exp(logs))[chosen])
    slopes = [(np.log(data.predicted(np.exp(logs + each))[chosen]) - here) / STEP for each in STEP * np.eye(len(logs))]
    return here - np.log(data.seconds[chosen]), np.stack(slopes, 1)


def _loss(errors: Any, logs: Any, prior: Any, weight: Any) -> float:
    size = np.abs(errors)
    near = np.where(size < NEAR, size**2 / (2 * NEAR), size - NEAR / 2)
    return float(near.sum() + (weight / 2 * (logs - prior) ** 2).sum())


def _printed(device: Device) -> Any:
    """Constants to begin with: 70 % of the printed rates; depthwise convolutions at a twentieth of the peak."""
    peak = device.peaks.get("float16", device.peaks["float32"])
    slow = {"depthwise_wide": 20.0, "depthwise_last": 20.0}
    return np.array([
        5e-6 if kind == "op" else 1 / (0.7 * device.bandwidth) if kind.endswith("bytes")
        else 2 * slow.get(kind, 1.0) / (0.7 * peak)
        for kind in OF_KERNELS
    ])  # fmt: skip


def held_out(data: Data, device: Device) -> tuple[Any, Any]:
    """The predicted seconds of each model, by constants fitted without its fold; and the constants of all models."""
    folds = np.array([fold(name) for name in data.families])
    whole, found = fitted(data, device, np.ones(len(folds), bool)), np.zeros(len(folds))
    for each in range(FOLDS):
        constants = fitted(data, device, folds != each, whole)
        found[folds == each] = data.predicted(constants)[folds == each]
    return found, whole


def figures(predicted: Any, data: Data) -> str:
    """Median and 90th percentile of the relative error, and the share within 30 %, as cells of a table."""
    errors = np.abs(predicted / data.seconds - 1)
    cells = np.median(errors), np.quantile(errors, 0.9), (errors <= 0.3).mean()
    return " | ".join(f"{100 * each:.1f} %" for each in cells)


def unreliable(errors: Mapping[tuple[str, str], Sequence[float]]) -> list[str]:
    """Families whose median error, held out, is more than 30 % in a setting, as lines of `tables/no_estimate.csv`."""
    medians = {key: float(np.median(own)) for key, own in errors.items()}
    return [f"{name},{setting},{100 * each:.0f}" for (name, setting), each in sorted(medians.items()) if each >= 0.305]


def judge(lines: Sequence[Mapping[str, Any]]) -> None:
    """Print the tables of docs/predicted-time.md."""
    print("| column | rows | families | median | 90th percentile | within 30 % |\n|---|---|---|---|---|---|")
    errors: dict[tuple[str, str], list[float]] = {}
    constants: dict[str, Any] = {}
    for column, file in FILES.items():
        data, device = Data(column, lines), find(file.device)
        predicted, constants[column] = held_out(data, device)
        sizes = f"{len(data.seconds)} | {len(set(data.families))}"
        print(f"| {column} | {sizes} | {figures(predicted, data)} |", flush=True)
        for name, each in zip(data.families, np.abs(predicted / data.seconds - 1), strict=True):
            errors.setdefault((str(name), file.setting), []).append(float(each))
    print("\n| never fitted | median | 90th percentile | within 30 % |\n|---|---|---|---|")
    for column, file in FILES.items():
        known = [
            (find(FILES[each].device), as_data(constants[each]))
            for each in FILES
            if FILES[each].setting == file.setting and each != column
        ]
        if known:
            data = Data(column, lines)
            made = scaled(find(file.device), known, "float16")
            print(f"| {column} | {figures(data.predicted(np.array([made[kind] for kind in OF_KERNELS])), data)} |")
    print("\nfamily,setting,median_error\n" + "\n".join(unreliable(errors)))
    for column, file in FILES.items():
        print(f"\n{file.device}: {json.dumps({file.setting: as_data(constants[column])})}")


def as_data(constants: Any) -> dict[str, float]:
    """Constants as a device file has them."""
    return {kind: float(f"{number:.4g}") for kind, number in zip(OF_KERNELS, constants, strict=True)}


def main() -> None:
    """Run one of read and judge."""
    command, file = sys.argv[1:]
    if command == "read":
        read(Path(file))
    else:
        judge(list(cached(Path(file))))


if __name__ == "__main__":
    main()
