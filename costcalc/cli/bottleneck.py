"""costcalc bottleneck CxHxW --out N --kernel K --reduce R"""

from __future__ import annotations

import click

from costcalc.cli.options import NUMBER, SIZES, output_options
from costcalc.cli.output import emit
from costcalc.spec.shapes import joined


@click.command("bottleneck", short_help="A convolution against a 1x1 reduction before it.")
@click.argument("size", type=SIZES, metavar="SIZE")
@click.option("--out", type=NUMBER, required=True, help="Output channels.")
@click.option("--kernel", type=NUMBER, required=True, help="Side of the square kernel.")
@click.option("--reduce", "width", type=NUMBER, required=True, help="Width of the 1x1 reduction.")
@output_options
def command(size: tuple[int, ...], out: int, kernel: int, width: int, format: str, output: str | None) -> None:
    """Compare a convolution on an input of SIZE (CxHxW) with the same convolution behind a 1x1 reduction.

    \b
    costcalc bottleneck 192x28x28 --out 32 --kernel 5 --reduce 16
    """
    from costcalc.analysis.bottleneck import bottleneck
    from costcalc.report.bottleneck_table import bottleneck_data, bottleneck_table
    from costcalc.report.report import Report

    result = bottleneck(size, out, kernel, width)
    title = f"{joined(size)} to {out} channels by {kernel}x{kernel}, directly and through {width}"
    emit(Report(lambda _: [bottleneck_table(result, title)], lambda: bottleneck_data(result)), format, output)
