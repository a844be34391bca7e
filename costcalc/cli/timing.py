"""costcalc time MODEL..."""

from __future__ import annotations

import click

from costcalc.analysis.target import Target
from costcalc.cli.completion import MODEL, Completed, devices
from costcalc.cli.model_options import RequestOf, graph_of, model_options, prints_aside
from costcalc.cli.options import Choice, DtypeType, NumberType, needs, output_options
from costcalc.cli.output import emit
from costcalc.spec.errors import CostcalcError
from costcalc.spec.progress import steps


@click.command("time", short_help="Timed forward passes, whole and by layer.")
@click.argument("models", type=MODEL, nargs=-1, required=True)
@click.option(
    "--depth",
    type=Choice(["model", "layer"]),
    default="model",
    show_default=True,
    help="Whole models, or each layer.",
)
@click.option("--device", type=Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True,
              help="auto: CUDA if there is a GPU, otherwise the CPU.")  # fmt: skip
@click.option("--dtype", type=DtypeType(["float32", "float64", "float16", "bfloat16", "tf32"]), default="float32",
              show_default=True, help="Of weights and inputs; tf32: float32 with products in TF32.")  # fmt: skip
@click.option("--channels-last", is_flag=True, help="Images, and weights of 2-D convolutions, with adjacent channels.")
@click.option("--compile", "compiled", is_flag=True, help="The model as torch.compile makes it.")
@click.option("--threads", type=NumberType(most=1024), help="CPU threads [torch's own].")
@click.option("--seconds", type=click.FloatRange(min=0.01, max=3600), default=2.0, show_default=True,
              help="Seconds of repeated passes, after the warm-up.")  # fmt: skip
@click.option("--predict", is_flag=True, help="Add predicted times and bounds, of --on or of this machine, calibrated.")
@click.option(
    "--on",
    metavar="NAME_OR_FILE",
    type=Completed(devices),
    help="Device of predicted times and bounds: see costcalc roofline --devices.",
)
@model_options
@output_options
def command(
    models: tuple[str, ...],
    depth: str,
    device: str,
    dtype: str,
    channels_last: bool,
    compiled: bool,
    threads: int | None,
    seconds: float,
    predict: bool,
    on: str | None,
    request: RequestOf,
    format: str,
    output: str | None,
) -> None:
    """Time forward passes of MODELS: median and spread, images/s and mult-adds/s, with the name of the machine.

    With --mode train: steps of training, that is the forward pass, gradients, and SGD.

    \b
    costcalc time googlenet vgg16 --batch 8
    costcalc time resnet50 --batch 64 --dtype bf16 --channels-last --compile
    costcalc time resnet50 --batch 64 --mode train
    costcalc time googlenet --depth layer
    costcalc time googlenet resnet50 --predict
    """
    from costcalc.report.timing_table import timing_report

    if seconds != seconds:
        raise CostcalcError("--seconds nan: expected a number from 0.01 to 3600")
    requests = [request(name) for name in models]
    target = Target.of(on)
    graphs = [graph_of(each) for each in steps(requests, "reading")]
    with needs("torch"):
        from costcalc.measure.calibrate import this_machine
        from costcalc.measure.device import pick
        from costcalc.measure.setting import Setting
        from costcalc.measure.subject import Subject
        from costcalc.measure.timing import time_model

        where, rates = pick(device), target.on
        if predict and rates is None:
            rates = this_machine(device, threads, dtype)
        setting = Setting(dtype, requests[0].mode, channels_last, compiled)
        subjects = [Subject(graph, each) for graph, each in zip(graphs, requests, strict=True)]
        with prints_aside():
            timings = [
                time_model(each, where, setting, threads, seconds, depth == "layer", rates)
                for each in steps(subjects, "timing", lambda each: each.graph.name)
            ]
    emit(timing_report(timings, depth == "layer"), format, output)
