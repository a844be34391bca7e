"""costcalc formula MODEL --input 32h"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from keyword import iskeyword
from typing import Any

import click

from costcalc.cli.column_options import KeysType
from costcalc.cli.completion import MODEL
from costcalc.cli.model_options import prints_aside
from costcalc.cli.model_word import request_of
from costcalc.cli.options import Choice, convention_option, needs, output_options
from costcalc.cli.output import emit
from costcalc.spec.graph import Mode

TERM = re.compile(r"(\d{1,9})?\*?([A-Za-z_]\w{0,19})?(?:/(\d{1,9}))?([+-]\d{1,9})?")


class ExpressionType(click.ParamType[Any]):
    """``224``, ``h``, ``32h``, ``32h+11``, ``w/4``: a number, or a multiple of a symbol, and a number."""

    name = "EXPR"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The text in the help."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number or the expression of sympy. Fails with one line that shows the format."""
        found = TERM.fullmatch(value)
        factor, name, below, more = found.groups() if found else (None,) * 4
        if not (factor or name) or (factor is not None and int(factor) == 0) or (below is not None and int(below) == 0):
            self.fail(
                f"{value!r} is not a size: expected a number or a multiple of a symbol, like 32h or 32h+11", param, ctx
            )
        if name is not None and iskeyword(name):
            self.fail(f"{name!r} is a word of Python's; name the symbol otherwise", param, ctx)
        if name is None and below is None and more is None:
            return int(str(factor))
        import sympy

        symbol = sympy.Symbol(name, integer=True, positive=True) if name else sympy.Integer(1)
        return sympy.Integer(factor or 1) * symbol / sympy.Integer(below or 1) + sympy.Integer(more or 0)


class ShapeType(click.ParamType[tuple[Any, ...]]):
    """``32h`` or ``3x32hx32w``: sizes joined by x, which is not in a symbol's name."""

    name = "CxHxW"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The text in the help."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Any, ...]:
        """The sizes. Fails with one line for a wrong one."""
        return tuple(EXPRESSION.convert(each, param, ctx) for each in value.split("x"))


EXPRESSION = ExpressionType()
SHAPE = ShapeType()


@click.command("formula", short_help="The cost as a formula in the sizes.")
@click.argument("model", type=MODEL)
@click.option("--input", "shape", type=SHAPE,
              help="Sizes, each a number or a multiple of a symbol: 3x32hx32w. A single one is both sides of an image, "
                   "or a length: 32h  [default: sides H and W]")  # fmt: skip
@click.option("--batch", type=EXPRESSION, help="Batch size, like N  [default: 1]")
@click.option("--classes", type=EXPRESSION, help="Number of classes, like K  [default: the network's own]")
@click.option("--width", type=EXPRESSION, help="Width multiplier, of a family that has one: w, or w/4.")
@click.option("--mode", type=Choice(["eval", "train"]), default="eval", show_default=True,
              help="train also runs auxiliary heads.")  # fmt: skip
@click.option("--columns", "keys", type=KeysType(), help="Quantities, in order: params, mult_adds, activations, ...")
@convention_option
@partial(output_options, more=("python",))
def command(
    model: str,
    shape: tuple[Any, ...] | None,
    batch: Any,
    classes: Any,
    width: Any,
    mode: Mode,
    keys: Sequence[str] | None,
    conventions: tuple[str, ...],
    format: str,
    output: str | None,
) -> None:
    """Show the cost of MODEL as a formula in symbols for its sizes, and for which sizes it holds.

    Formulas of the zoo's networks are derived. Other models, and width multipliers, are read at several sizes: the
    polynomial through their costs is tried at more.

    \b
    costcalc formula googlenet --input 32h
    costcalc formula googlenet --input 3xHxW --batch N --classes K
    costcalc formula mobilenet_v1 --input 32h --width w/4
    costcalc formula torchvision:resnet18 --input 32h --format python -o resnet18.py
    """
    with needs("formula"):
        from costcalc.api.formula import COLUMNS, formulas
    from costcalc.api.free_sizes import Sizes
    from costcalc.report.formula_report import formula_report

    inputs = [] if shape is None else [Sizes("", shape, len(shape) == 1)]
    with prints_aside():
        form = formulas(request_of(model, {"mode": mode}), inputs, batch, classes, width, keys or COLUMNS, conventions)
    emit(formula_report(form), format, output)
