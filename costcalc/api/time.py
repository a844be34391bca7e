"""`costcalc.time`."""

from __future__ import annotations

from typing import Any

from costcalc.analysis.target import Target
from costcalc.api.subjects import subjects
from costcalc.report.report import Report
from costcalc.report.timing_table import timing_report
from costcalc.spec import arguments
from costcalc.spec.dtypes import torch_name
from costcalc.spec.progress import steps


def time(
    *models: Any,
    by_layer: bool = False,
    device: str = "auto",
    dtype: str = "float32",
    channels_last: bool = False,
    compiled: bool = False,
    threads: int | None = None,
    seconds: float = 2.0,
    predict: bool = False,
    on: Any = None,
    **options: Any,
) -> Report:
    """Time forward passes of models: median and spread, images and mult-adds per second, with the name of the machine.

    With mode="train": steps of training, that is the forward pass, gradients, and SGD.

    models    each what `costcalc.cost` takes; a network of the zoo is built from its spec
    by_layer  True times each layer
    device    "cpu" or "cuda"; "auto" is CUDA if there is a GPU, otherwise the CPU
    dtype     of weights and inputs: float32, float64, float16 or bfloat16; "tf32": float32 with products in TF32
    channels_last  True for images, and weights of 2-D convolutions, with adjacent channels
    compiled  True for the model as torch.compile makes it
    threads   CPU threads; torch's own number by default
    seconds   of repeated passes per model, after the warm-up
    predict   True adds predicted times and bounds, for the device `on`, or for this machine, which is then calibrated
    on        name of a device, or a file of one, for predicted times and bounds
    options   input, batch and so on, as for `costcalc.graph`

    Raises CostcalcError as `costcalc.graph` does, and for a setting that has no times by layer or none predicted.
    """
    from costcalc.measure.calibrate import this_machine
    from costcalc.measure.device import pick
    from costcalc.measure.setting import Setting
    from costcalc.measure.timing import time_model

    dtype = torch_name(arguments.text("dtype", dtype))
    rates = Target.of(on).on
    if predict and rates is None:
        rates = this_machine(device, threads, dtype)
    where, tested = pick(device), subjects(models, options, "time")
    setting = Setting(dtype, options.get("mode", "eval"), channels_last, compiled)
    timings = [
        time_model(each, where, setting, threads, seconds, by_layer, on=rates)
        for each, _ in steps(tested, "timing", lambda pair: pair[0].graph.name)
    ]
    return timing_report(timings, by_layer)
