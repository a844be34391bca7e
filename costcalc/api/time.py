"""`costcalc.time`."""

from __future__ import annotations

from typing import Any

from costcalc.api.subjects import subjects
from costcalc.report.report import Report
from costcalc.report.timing_table import timing_report
from costcalc.spec.errors import CostcalcError


def time(
    *models: Any,
    by_layer: bool = False,
    device: str = "auto",
    dtype: str = "float32",
    threads: int | None = None,
    seconds: float = 2.0,
    **options: Any,
) -> Report:
    """Time forward passes of models: median and spread, images and mult-adds per second, with the name of the machine.

    models    each what `costcalc.cost` takes; a network of the zoo is built from its spec
    by_layer  True times each layer, under torch's profiler
    device    "cpu" or "cuda"; "auto" is CUDA if there is a GPU, otherwise the CPU
    dtype     of weights and inputs: float32, float64, float16 or bfloat16
    threads   CPU threads; torch's own number by default
    seconds   of repeated passes per model, after the warm-up
    options   input, batch and so on, as for `costcalc.graph`

    Raises CostcalcError as `costcalc.graph` does, and for mode "train": passes are timed in eval mode.
    """
    if options.get("mode", "eval") != "eval":
        raise CostcalcError("mode='train': passes are timed in eval mode")
    from costcalc.measure.device import pick
    from costcalc.measure.timing import time_model

    where, tested = pick(device), subjects(models, options, "time")
    timings = [time_model(each, where, dtype, threads, seconds, by_layer) for each, _ in tested]
    return timing_report(timings, by_layer)
