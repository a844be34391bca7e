"""Memory predicted and measured, in bytes: python benchmarks/memory.py [MODEL...]

Without models: all classifiers of torchvision, and all networks of the zoo as the torch models that costcalc builds.
Each in eval mode at batch 1 (peak) and in train mode at batch 2 (saved for backward), in float32, on the CPU.
"""

from __future__ import annotations

import sys

import costcalc
from costcalc import models, zoo
from costcalc.measure.memory import measured_peak, measured_saved
from costcalc.measure.subject import Subject
from costcalc.openers import read


def every() -> list[str]:
    """The classifiers of torchvision, and the zoo."""
    import torchvision

    found = torchvision.models.list_models(module=torchvision.models)
    return [*[f"torchvision:{name}" for name in found], *(network.name for network in zoo.all_networks())]


def compare(name: str, key: str) -> tuple[object, int]:
    """The predicted and the measured bytes of a model."""
    mode, batch = ("eval", 1) if key == "peak_memory" else ("train", 2)
    request = models.request_of(name, mode=mode, batch=batch)
    graph = read(request)
    amount = costcalc.cost(graph, mode=mode, columns=[key])[key]
    model, inputs = Subject(graph, request).build("cpu", mode)
    measured = measured_peak(model, inputs)[0] if key == "peak_memory" else measured_saved(model, inputs)
    return (amount.number if amount.status == "counted" else f"{amount.status} {amount.number}"), measured


def main(names: list[str]) -> None:
    """Print a row per model, and the number of those that are equal."""
    print("| model | quantity | predicted | measured | |\n|---|---|---:|---:|---|")
    equal = total = 0
    for name in names or every():
        for key in ("peak_memory", "saved_for_backward"):
            predicted, measured = compare(name, key)
            equal, total = equal + (predicted == measured), total + 1
            said = "equal" if predicted == measured else "differs"
            print(f"| {name} | {key} | {predicted} | {measured} | {said} |", flush=True)
    print(f"\n{equal} of {total} equal.")


if __name__ == "__main__":
    main(sys.argv[1:])
