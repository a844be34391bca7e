"""costcalc memory MODEL"""

from __future__ import annotations

from typing import Any

import click

from costcalc.cli.completion import MODEL
from costcalc.cli.model_options import RequestOf, model_options, prints_aside
from costcalc.cli.options import Choice, DtypeType, needs, output_options
from costcalc.cli.output import emit


@click.command("memory", short_help="Bytes held: params, activations, gradients, optimizer; what fits.")
@click.argument("model", type=MODEL)
@click.option("--optimizer", type=Choice(["sgd", "momentum", "adam", "adamw"]),
              help="Training with it: gradients, its state and what autograd saves count.")  # fmt: skip
@click.option("--mixed", is_flag=True,
              help="Train in bfloat16, with float32 weights for the optimizer.")  # fmt: skip
@click.option("--dtype", "as_dtype", type=DtypeType(["float32", "float64", "float16", "bfloat16"]), default="float32",
              show_default=True, help="Dtype of floating-point tensors.")  # fmt: skip
@click.option("--fits", metavar="SIZE", help="Find the largest batch that fits, as in 24GiB or 80GB.")
@click.option("--measure", is_flag=True, help="Also run the model on the CPU, and measure.")
@model_options
@output_options
def command(
    model: str,
    optimizer: str | None,
    mixed: bool,
    as_dtype: str,
    fits: str | None,
    measure: bool,
    request: RequestOf,
    format: str,
    output: str | None,
) -> None:
    """Show the bytes that MODEL holds: params, buffers, the peak of its activations and the layer that makes it, what
    autograd saves, gradients and the state of an optimizer.

    \b
    costcalc memory googlenet --batch 32 --optimizer adam --fits 24GiB
    costcalc memory torchvision:resnet50 --mode train
    costcalc memory resnet18 --measure
    """
    from costcalc.api.memory import of_request

    asked = request(model)
    options: Any = {"as_dtype": as_dtype, "optimizer": optimizer or "", "mixed": mixed, "fits": fits}
    if not measure:
        emit(of_request(asked, **options), format, output)
        return
    with needs("torch"), prints_aside():
        report = of_request(asked, **options, measure=True)
    emit(report, format, output)
