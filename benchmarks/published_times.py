"""Predicted against measured times of timm's models, on four GPUs and a CPU: `tables/measured/`.

    python benchmarks/published_times.py read CACHE           # reads all models: half an hour; goes on where it stopped
    python benchmarks/published_times.py read CACHE 1/2       # the first half of them, for a process of its own
    python benchmarks/published_times.py judge CACHE...       # fits, judges, writes tables and constants; of several
                                                              # lines of a model the last one counts

`judge` writes the constants into the files of `tables/devices/`, the families without an estimate into
`tables/no_estimate.csv`, and all tables into docs/predicted-time.md. The work of each model is that of costcalc's own
kernels (`costcalc.analysis.kernels`), and its time is computed by the function that `predicted` uses; the columns of
the published files other than batch and throughput are not used.
"""

from __future__ import annotations

import csv
import gc
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from published_fit import KERNELS, Column, Data, held_out

from costcalc import models
from costcalc.analysis.device import OF_KERNELS
from costcalc.analysis.devices import find
from costcalc.analysis.kernel_times import kernels_of, scaled
from costcalc.analysis.kernels import Kernel
from costcalc.analysis.no_estimate import family
from costcalc.analysis.published import folder
from costcalc.convert import sources
from costcalc.convert.compiled import without_compiling
from costcalc.spec import CostcalcError, Graph
from costcalc.spec.run import Run

BATCH = 2
"""Of the graphs that are read. Work that depends on the input grows with the batch."""

FILES = {
    "rtx3090": Column("rtx3090", "amp", False),
    "rtx4090": Column("rtx4090", "amp", True),
    "rtx5090": Column("rtx5090", "amp", True),
    "h200": Column("h200", "amp", False, "timm_h200"),
    "rtx5090_compiled": Column("rtx5090", "amp compiled", True),
    "core_i9_10940x_compiled": Column("core_i9_10940x", "float32 compiled", False),
}
"""Columns that constants are fitted to."""

SETTINGS = ("amp", "amp compiled", "float32 compiled")

Row = tuple[int, float, float, float, int, int]
"""Kernels that are alike: the number of their kind, mult-adds and bytes per image, other bytes, how many, and calls."""


def measured(table: str = "timm") -> list[dict[str, str]]:
    """The rows of a table of measured times."""
    with (folder() / "measured" / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def in_turns(table: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Rows so that families take turns: where reading stops early, all families have come about equally often."""
    turns: Counter[str] = Counter()
    order = []
    for row in table:
        name = family(row["model"])
        order.append((turns[name], name))
        turns[name] += 1
    return [table[at] for at in sorted(range(len(table)), key=order.__getitem__)]


def read(cache: Path, part: int = 1, parts: int = 1) -> None:
    """Append a line per model and size to the cache: its work in each setting, plain and reparametrised."""
    done = {(line["model"], line["size"]) for line in cached(cache)} if cache.exists() else set()
    for row in in_turns(measured())[part - 1 :: parts]:
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
    counts: Counter[tuple[int, float, float, float]] = Counter()
    calls: Counter[tuple[int, float, float, float]] = Counter()
    for kernel in found:
        moved = [*kernel.reads, *kernel.writes]
        fixed = sum(value.nbytes for value in moved if value.storage in held) + kernel.weights
        grows = any(value.storage not in held for value in kernel.writes)
        key = (KERNELS.index(kernel.kind), kernel.macs / BATCH, (kernel.nbytes - fixed) / BATCH, float(fixed))
        if not grows:
            key = (key[0], 0.0, 0.0, float(kernel.nbytes))
        counts[key] += 1
        calls[key] += kernel.call
    return [(*key, count, calls[key]) for key, count in counts.items()]


def _held(found: Sequence[Kernel], inputs: int) -> set[int]:
    """The storages that do not depend on the network's inputs, which have the first numbers."""
    grows = set(range(inputs))
    for kernel in found:
        if any(value.storage in grows for value in kernel.reads):
            grows |= {value.storage for value in kernel.writes}
    return {value.storage for kernel in found for value in (*kernel.reads, *kernel.writes)} - grows


DOC = Path(__file__).parents[1] / "docs" / "predicted-time.md"


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
    """Fit the constants, judge them, and write both where they belong."""
    errors: dict[tuple[str, str], list[float]] = {}
    constants: dict[str, dict[str, float]] = {}
    table = ["| column | rows | families | median | 90th percentile | within 30 % |", "|---|---|---|---|---|---|"]
    sources: dict[str, list[str]] = {}
    every = {name: Data(name, column, measured(column.table), lines) for name, column in FILES.items()}
    for name, column in FILES.items():
        data = every[name]
        predicted, whole = held_out(data, find(column.device))
        constants[name] = as_data(whole)
        cells = figures(predicted, data)
        table.append(f"| {name} | {len(data.seconds)} | {len(set(data.families))} | {cells} |")
        print(table[-1], flush=True)
        sources.setdefault(column.device, []).append(
            f"{name}: {len(data.seconds)} models, median error {cells.partition(' |')[0]} on held-out families"
        )
        for own, each in zip(data.families, np.abs(predicted / data.seconds - 1), strict=True):
            errors.setdefault((str(own), column.setting), []).append(float(each))
    for name, column in FILES.items():
        write_constants(column, constants[name], sources[column.device])
    listed = "\n".join(("family,setting,median_error", *unreliable(errors))) + "\n"
    (folder() / "no_estimate.csv").write_text(listed, encoding="utf-8")
    never = never_fitted(every, constants)
    write_tables(table, never)
    print("\n".join(never))


def never_fitted(every: Mapping[str, Data], constants: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The table of GPUs whose constants are those of the other GeForce ones, scaled."""
    table = [
        "| never fitted | rows | median | 90th percentile | within 30 % | predicted / measured, median |",
        "|---|---|---|---|---|---|",
    ]
    for name, column in FILES.items():
        others = {
            each: own for each, own in FILES.items()
            if own.setting == column.setting and each != name and not find(own.device).stacked
        }  # fmt: skip
        if not others:
            continue
        data, known = every[name], [(find(own.device), constants[each]) for each, own in others.items()]
        made = scaled(find(column.device), known, "float16")
        predicted = data.predicted(np.array([made[kind] for kind in OF_KERNELS]))
        ratio = np.median(predicted / data.seconds)
        table.append(f"| {name} | {len(data.seconds)} | {figures(predicted, data)} | {ratio:.2f} |")
    return table


def write_constants(column: Column, constants: Mapping[str, float], judged: Sequence[str]) -> None:
    """Put constants into the file of their device, in the place of those that it has for the setting."""
    file = folder() / "devices" / f"{column.device}.json"
    origin = f"fitted by benchmarks/published_times.py to tables/measured/{column.table}.csv, {'; '.join(judged)}"
    text = file.read_text(encoding="utf-8")
    text = re.sub(rf'("{column.setting}": ){{"op"[^}}]*}}', lambda own: own[1] + json.dumps(constants), text)
    text = re.sub(r'("constants_source": )"[^"]*"', lambda own: own[1] + json.dumps(origin), text)
    file.write_text(text, encoding="utf-8")


def write_tables(*tables: Sequence[str]) -> None:
    """Put tables into the docs, in the place of those with the same first heading."""
    text = DOC.read_text(encoding="utf-8")
    for table in tables:
        first = re.escape(table[0].split("|")[1])
        text = re.sub(rf"^\|{first}\|.*\n(\|.*\n)+", "\n".join(table) + "\n", text, flags=re.MULTILINE)
    DOC.write_text(text, encoding="utf-8")


def as_data(constants: Any) -> dict[str, float]:
    """Constants as a device file has them."""
    return {kind: float(f"{number:.4g}") for kind, number in zip(OF_KERNELS, constants, strict=True)}


def main() -> None:
    """Run one of read and judge."""
    command, file, *others = sys.argv[1:]
    if command == "read":
        read(Path(file), *(map(int, others[0].split("/")) if others else ()))
    else:
        judge([line for each in (file, *others) for line in cached(Path(each))])


if __name__ == "__main__":
    main()
