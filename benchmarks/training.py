"""Mult-adds of a training step, beside those that torch dispatches, forward and backward, on the meta device.

    python benchmarks/training.py [MODEL ...]       # by default all classifiers of torchvision and all of the zoo

Every model is in train mode, at batch 2. A network of the zoo is the torch model of its own graph. `dispatched` is
FlopCounterMode with the right formula for the gradients of a convolution; the last two columns are what it counts by
its own.
"""

from __future__ import annotations

import sys
import warnings

import torch
import torchvision
from torchvision.models import list_models

import costcalc
from costcalc.measure.subject import Subject
from costcalc.measure.training import Step, training_step
from costcalc.spec.request import Request


def step(name: str, graph: costcalc.Graph) -> Step:
    """The step of the torch model that the graph was read from, or that is built from it."""
    subject = Subject(graph, Request(name, batch=2, mode="train"))
    return training_step(*subject.build("meta", "train"))


def main() -> None:
    """Print the table, a row as soon as it is known."""
    warnings.simplefilter("ignore")
    every = [f"torchvision:{name}" for name in list_models(module=torchvision.models)]
    every += [network.name for network in costcalc.networks()]
    names, equal = sys.argv[1:] or every, 0
    print("| model | train_mult_adds | dispatched | | training / forward | FlopCounterMode | its ratio |")
    print("|---|--:|--:|---|--:|--:|--:|")
    for name in names:
        graph = costcalc.graph(name, batch=2, mode="train")
        cost, run = costcalc.cost(graph, mode="train"), step(name, graph)
        ours, forward = cost["train_mult_adds"].number, cost.macs
        equal += ours == run.dispatched
        same = "equal" if ours == run.dispatched else f"differs by {ours - run.dispatched:,}"
        ratios = f"{ours / forward:.2f} | {run.flopcounter:,} | {run.flopcounter / forward:.2f}"
        print(f"| {name} | {ours:,} | {run.dispatched:,} | {same} | {ratios} |", flush=True)
    print(f"\n{equal} of {len(names)} equal (torch {torch.__version__}, torchvision {torchvision.__version__}).")


if __name__ == "__main__":
    main()
