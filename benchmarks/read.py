"""Read models of torchvision, beside FlopCounterMode's count of the same models, on the meta device.

    python benchmarks/read.py [MODEL ...]

Both get the same model, made beforehand. costcalc makes a graph (layers, weights, edges, formulas) and its cost;
FlopCounterMode counts one number.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable

import torch
from tabulate import tabulate
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import get_model

from costcalc.analysis.cost import Cost
from costcalc.convert.from_torch import from_torch, on_meta
from costcalc.measure.device import describe

ROUNDS = 9
MODELS = ["googlenet", "resnet50", "densenet121", "vit_b_16", "swin_t", "maxvit_t"]


def milliseconds(runs: list[Callable[[], object]]) -> list[float]:
    """The median milliseconds of ROUNDS per run; the runs take turns, after one untimed warm-up of each."""
    taken: list[list[float]] = [[] for _ in runs]
    for number in range(ROUNDS + 1):
        for run, times in zip(runs, taken, strict=True):
            start = time.perf_counter()
            run()
            if number:
                times.append(1e3 * (time.perf_counter() - start))
    return [sorted(times)[ROUNDS // 2] for times in taken]


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    rows = []
    for name in sys.argv[1:] or MODELS:
        model = on_meta(get_model, name).eval()
        x = torch.empty(1, 3, 224, 224, device="meta")

        def theirs(model: torch.nn.Module = model, x: torch.Tensor = x) -> int:
            with torch.no_grad(), FlopCounterMode(display=False) as counter:
                model(x)
            return counter.get_total_flops()

        def ours(model: torch.nn.Module = model) -> int:
            return Cost(from_torch(model, (3, 224, 224))).macs

        assert theirs() == 2 * ours(), name
        read, counted = milliseconds([ours, theirs])
        layers = len(from_torch(model, (3, 224, 224)).nodes)
        rows.append([name, layers, f"{read:.1f}", f"{counted:.1f}", f"{counted / read:.1f}x"])
    print(f"{describe(torch.device('cpu'))}, torch {torch.__version__}")
    print(
        tabulate(
            rows,
            headers=["model", "nodes", "costcalc ms", "FlopCounterMode ms", "faster by"],
            disable_numparse=True,
            colalign=["left"] + ["right"] * 4,
        )
    )


if __name__ == "__main__":
    main()
