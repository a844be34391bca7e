"""costcalc bottleneck CxHxW --out N --kernel K [--reduce R,R] [--expand T] [--separable] [--groups G]"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from costcalc.cli.options import NUMBER, SIZES, output_options
from costcalc.cli.output import emit


class NumbersType(click.ParamType[tuple[int, ...]]):
    """``16,32,64`` -> (16, 32, 64)."""

    name = "N[,N...]"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The text in the help."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """The numbers. Fails with one line for a wrong one."""
        return tuple(NUMBER.convert(each, param, ctx) for each in value.split(","))


NUMBERS = NumbersType()


def layer_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """A convolution and its variants: passed to the command as `layer`, arguments of `costcalc.bottleneck` by name."""

    @wraps(function)
    def command(
        *, x: Any, out: int, kernel: int, reduce: Any, expand: Any, separable: bool, groups: Any, **rest: Any
    ) -> Any:
        layer = {"x": x, "out": out, "kernel": kernel, "reduce": reduce}
        return function(layer={**layer, "expand": expand, "separable": separable, "groups": groups}, **rest)

    made: Callable[..., Any] = command
    for option in reversed((
        click.argument("x", type=SIZES, metavar="SIZE"),
        click.option("--out", type=NUMBER, required=True, help="Output channels."),
        click.option("--kernel", type=NUMBER, required=True, help="Side of the square kernel."),
        click.option("--reduce", type=NUMBERS,
                  help="Widths of a 1x1 reduction before it [usual ones, and the largest that pays]."),
        click.option("--expand", type=NUMBERS,
                  help="Inverted residual: 1x1 to N times the channels, depthwise, 1x1."),
        click.option("--separable", is_flag=True, help="Depthwise convolution and a 1x1."),
        click.option("--groups", type=NUMBERS,
                  help="Groups of the convolution, behind each reduction if there are any."),
    )):  # fmt: skip
        made = option(made)
    return made


@click.command("bottleneck", short_help="A convolution against 1x1 reductions, groups, depthwise.")
@layer_options
@output_options
def command(layer: dict[str, Any], format: str, output: str | None) -> None:
    """Compare a convolution on an input of SIZE (CxHxW) with what may replace it: params, mult-adds, receptive field.

    Several values, like --reduce 16,32,64, are a row each, with a curve in text. A single one shows its formulas.

    \b
    costcalc bottleneck 192x28x28 --out 32 --kernel 5                  # which reduction pays
    costcalc bottleneck 192x28x28 --out 32 --kernel 5 --reduce 16
    costcalc bottleneck 192x28x28 --out 32 --kernel 5 --reduce 16,32,64 --format csv
    costcalc bottleneck 64x56x56 --out 64 --kernel 3 --reduce 16 --expand 6 --separable --groups 1,4
    """
    from costcalc.api.bottleneck import bottleneck

    emit(bottleneck(**layer), format, output)
