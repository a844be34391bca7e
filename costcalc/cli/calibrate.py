"""costcalc calibrate"""

from __future__ import annotations

import click

from costcalc.cli.options import Choice, NumberType, needs, output_options
from costcalc.cli.output import emit


@click.command("calibrate", short_help="This machine's measured rates, as a device file.")
@click.option("--device", type=Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True,
              help="auto: CUDA if there is a GPU, otherwise the CPU.")  # fmt: skip
@click.option("--threads", type=NumberType(most=1024), help="CPU threads [torch's own].")
@click.option("--seconds", type=click.FloatRange(min=0.01, max=60), default=0.5, show_default=True,
              help="Seconds of repeated runs of each measurement.")  # fmt: skip
@output_options
def command(device: str, threads: int | None, seconds: float, format: str, output: str | None) -> None:
    """Measure matrix products of each dtype, a copy, and small networks for predicted times; write a device file.

    \b
    costcalc calibrate -o mine.json
    costcalc roofline googlenet --on mine.json
    """
    from costcalc.report.calibrate_table import calibrate_report

    with needs("torch"):
        from costcalc.measure.calibrate import calibrate

    emit(calibrate_report(calibrate(device, threads, seconds)), format, output)
