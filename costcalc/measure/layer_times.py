"""Seconds by layer: each layer runs between two readings of a clock, or two events of its CUDA stream.

The time between two events includes that in which the stream waits for its next kernel, so the layers of a pass that
is limited by the CPU add up to it too.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import mean
from time import perf_counter
from typing import Any

import torch
from torch import nn

from costcalc.convert.to_torch import Block

PASSES = 5
"""Number of passes at least; seconds are their means."""


class Clock:
    """Readings at the begin and the end of each layer of a pass. A layer in another one is not part of its time."""

    def __init__(self, device: torch.device) -> None:
        self._cuda = device.type == "cuda"
        self._under_way: list[tuple[str, Any]] = []
        self._taken: list[tuple[list[str], Any, Any]] = []

    def enter(self, layer: str) -> None:
        """Begin a layer."""
        self._under_way.append((layer, self._now()))

    def leave(self) -> None:
        """End the layer that began last."""
        inside = [layer for layer, _ in self._under_way[-2:]]
        self._taken.append((inside, self._under_way.pop()[1], self._now()))

    def pass_of(self, run: Callable[[], Any]) -> tuple[float, dict[str, float]]:
        """The seconds of a pass, and of each of its layers, over all their uses."""
        self._taken.clear()
        begin = self._now()
        run()
        end = self._now()
        if self._cuda:
            torch.cuda.synchronize()
        found: dict[str, float] = {}
        for (*outer, layer), first, last in self._taken:
            seconds = self._between(first, last)
            found[layer] = found.get(layer, 0.0) + seconds
            for each in outer:
                found[each] = found.get(each, 0.0) - seconds
        return self._between(begin, end), found

    def _now(self) -> Any:
        """A reading: seconds, or an event recorded on the stream."""
        if not self._cuda:
            return perf_counter()
        event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record()
        return event

    def _between(self, first: Any, last: Any) -> float:
        return float(first.elapsed_time(last) / 1e3 if self._cuda else last - first)


def layer_seconds(
    model: nn.Module, run: Callable[[], Any], device: torch.device, seconds: float
) -> tuple[dict[str, float], float]:
    """Seconds per pass of each layer, by the path of its module or the name of its node, and of the whole pass.

    run      runs one pass
    seconds  of repeated passes, at least `PASSES` of them

    A model that is built from a graph has a layer for each step of one op; any other for each of its modules, whose
    time is that of the functions that its own code calls.
    """
    clock = Clock(device)
    if isinstance(model, Block):
        for module in list(model.modules()):
            if isinstance(module, Block):
                for step in module.steps:
                    if not isinstance(step.call, Block):
                        step.call = _timed(clock, step.label, step.call)
    else:
        for path, module in model.named_modules():
            if path:  # the model's own code is the rest of the pass
                module.register_forward_pre_hook(lambda *_, path=path: clock.enter(path))
                module.register_forward_hook(lambda *_: clock.leave(), prepend=True)
    passes = [clock.pass_of(run)]
    while len(passes) < PASSES or sum(whole for whole, _ in passes) < seconds:
        passes.append(clock.pass_of(run))
    layers = {layer: mean(found.get(layer, 0.0) for _, found in passes) for layer in passes[0][1]}
    return layers, mean(whole for whole, _ in passes)


def _timed(clock: Clock, layer: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def run(*tensors: torch.Tensor) -> Any:
        clock.enter(layer)
        made = call(*tensors)
        clock.leave()
        return made

    return run
