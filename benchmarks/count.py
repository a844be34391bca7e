"""Counting one network in-process: costcalc against fvcore, torchinfo and FlopCounterMode, side by side in one run.

    python benchmarks/count.py [NETWORK]

costcalc builds the graph and adds up params, mult-adds and activations of every layer; nothing is cached.
The peers count the torch model of the same graph, built beforehand, outside their time.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable

import torch
from tabulate import tabulate
from torch.utils.flop_counter import FlopCounterMode

from costcalc import zoo
from costcalc.analysis.cost import Cost
from costcalc.conventions import find
from costcalc.convert.to_torch import to_torch
from costcalc.measure.device import describe
from costcalc.measure.peers import flopcounter, fvcore, torchinfo
from costcalc.spec import Run

ROUNDS = 15


def milliseconds(run: Callable[[], object], number: int = 1) -> float:
    """The median of ROUNDS, each the mean of `number` runs, after one untimed warm-up, in milliseconds."""
    run()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(number):
            run()
        times.append((time.perf_counter() - start) / number * 1e3)
    return sorted(times)[ROUNDS // 2]


def bare_count(model: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> int:
    """FlopCounterMode's total, on the device of the model, without costcalc's wrapper."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(*inputs)
    return int(counter.get_total_flops())


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    network = zoo.find(sys.argv[1] if len(sys.argv) > 1 else "googlenet")
    graph = network.build()
    model = to_torch(graph)
    on_meta = to_torch(graph, "meta")
    inputs = (torch.zeros(graph.inputs[0].shape),)
    meta_inputs = (torch.zeros(graph.inputs[0].shape, device="meta"),)

    def ours() -> tuple[int, int, int]:
        cost = Cost(network.build())
        return cost.params, cost.macs, cost.activations

    peers = {
        "fvcore": lambda: fvcore.report(model, inputs).total,
        "torchinfo": lambda: torchinfo.report(model, inputs).total,
        "flopcounter": lambda: flopcounter.report(model, inputs).total,
    }
    for name, run in peers.items():
        assert run() == find(name).total(Run(graph)), name
    mine = milliseconds(ours, 20)
    rows = [["costcalc", f"{mine:.2f}", "1x"]]
    runs = {**peers, "flopcounter on meta": lambda: bare_count(on_meta, meta_inputs)}
    for name, run in runs.items():
        taken = milliseconds(run)
        rows.append([name, f"{taken:.1f}", f"{taken / mine:.0f}x"])
    print(f"{network.name}, {len(graph.nodes)} layers; {describe(torch.device('cpu'))}, torch {torch.__version__}")
    print(
        tabulate(
            rows, headers=["", "ms", "costcalc is faster by"], disable_numparse=True, colalign=["left"] + ["right"] * 2
        )
    )


if __name__ == "__main__":
    main()
