"""Memory predicted, beside that of a real pass on the CPU, in bytes.

    python benchmarks/memory.py [--rows FILE] [MODEL ...]

By default all classifiers of torchvision, and all networks of the zoo as the torch models that costcalc builds, in
float32: the peak of activations without autograd in eval mode at batch 1 and in train mode at batch 2, and what
autograd saves in train mode at batch 2. Below the table, `MemTracker` says for how many models torch.distributed's
tracker sees the same peak in eval mode, without params, buffers and the input. What was measured is kept in FILE, a
line of JSON per model, and not measured again.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import torch
import torchvision
from torch import nn
from torch.distributed._tools.mem_tracker import MemTracker
from torch.utils._pytree import tree_leaves
from torchvision.models import list_models

import costcalc
from costcalc import models
from costcalc.measure.memory import measured_peak, measured_saved
from costcalc.measure.subject import Subject
from costcalc.openers import read

PASSES = {"peak, eval": ("peak_memory", "eval", 1), "peak, train": ("peak_memory", "train", 2),
          "saved": ("saved_for_backward", "train", 2)}  # fmt: skip
"""Key, mode and batch of each column."""


def every() -> list[str]:
    """The classifiers of torchvision, and the zoo."""
    return [
        *[f"torchvision:{name}" for name in list_models(module=torchvision.models)],
        *[network.name for network in costcalc.networks()],
    ]


def tracked(model: nn.Module, inputs: tuple[Any, ...]) -> int:
    """The peak that MemTracker sees in a forward pass without autograd, without params, buffers and inputs."""
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        tracker = MemTracker()
        tracker.track_external(model, *[t for t in tree_leaves(inputs) if isinstance(t, torch.Tensor)])
        with tracker:
            model(*inputs)
    (seen,) = tracker.get_tracker_snapshot("peak").values()
    return sum(seen[kind] for kind in ("Activation", "Temp"))


def measured(name: str) -> dict[str, Any]:
    """The bytes of each pass of a model."""
    found: dict[str, Any] = {"model": name}
    for column, (key, mode, batch) in PASSES.items():
        request = models.request_of(name, mode=mode, batch=batch)  # type: ignore[arg-type]
        model, inputs = Subject(read(request), request).build("cpu", mode)  # type: ignore[arg-type]
        if key == "peak_memory":
            found[column], found[f"{column}, at"] = measured_peak(model, inputs)
        else:
            found[column] = measured_saved(model, inputs)
        if mode == "eval":
            found["MemTracker"] = tracked(model, inputs)
        del model, inputs
        gc.collect()
    return found


def predicted(name: str) -> dict[str, Any]:
    """The same bytes in closed form; a text if they are not known."""
    found = {}
    for column, (key, mode, batch) in PASSES.items():
        amount = costcalc.cost(name, mode=mode, batch=batch, columns=[key])[key]  # type: ignore[arg-type]
        found[column] = amount.number if amount.status == "counted" else f"{amount.status} {amount.number:,}"
    return found


def kept(rows: str | None) -> dict[str, dict[str, Any]]:
    """What a file holds of earlier measurements, by model."""
    lines = Path(rows).read_text().splitlines() if rows and Path(rows).exists() else []
    return {row["model"]: row for row in map(json.loads, lines)}


def main() -> None:
    """Print the table, a row as soon as it is known."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", metavar="FILE")
    parser.add_argument("models", nargs="*")
    given = parser.parse_args()
    names, there = given.models or every(), kept(given.rows)
    equal = dict.fromkeys([*PASSES, "MemTracker"], 0)
    print(f"| model | {' | '.join(PASSES)} |")
    print(f"|---|{'--:|' * len(PASSES)}")
    for name in names:
        if name not in there:
            there[name] = measured(name)
            if given.rows:
                with Path(given.rows).open("a") as file:
                    file.write(json.dumps(there[name]) + "\n")
        ours, run = predicted(name), there[name]
        cells = []
        for column in PASSES:
            equal[column] += ours[column] == run[column]
            said = ours[column] if isinstance(ours[column], str) else f"{ours[column]:,}"
            cells.append(f"{run[column]:,} =" if ours[column] == run[column] else f"{run[column]:,} ≠ {said}")
        equal["MemTracker"] += run["MemTracker"] == run["peak, eval"]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    said = ", ".join(f"{column} {number}" for column, number in equal.items())
    print(f"\nEqual of {len(names)}: {said} (torch {torch.__version__}, torchvision {torchvision.__version__}).")


if __name__ == "__main__":
    sys.exit(main())
