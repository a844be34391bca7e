"""Options for the quantities of a table and the units in which they are printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from costcalc.cli.options import NumberType
from costcalc.spec.errors import CostcalcError

if TYPE_CHECKING:
    from costcalc.report.amounts import Scale

DATA = ("csv", "json")
"""Formats that keep integers in any units."""


class ColumnOptions(NamedTuple):
    """Values of the options: `keys` of quantities (empty: the command's own), units, and digits after the point."""

    keys: Sequence[str]
    units: str
    digits: int

    def scale(self, format: str) -> Scale:
        """The Scale of numbers in a format."""
        from costcalc.report.amounts import PLAIN, Scale

        return PLAIN if format in DATA else Scale(self.units, self.digits)


class KeysType(click.ParamType[tuple[str, ...]]):
    """``params,mult_adds`` -> ("params", "mult_adds"), each once."""

    name = "KEY,KEY,..."

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The text in the help."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Split the keys. Fails with one line for an empty key."""
        keys = [key.strip() for key in value.split(",")]
        if not all(keys):
            self.fail(f"{value!r} is not a list of columns; expected keys joined by commas, like params,mult_adds")
        return tuple(dict.fromkeys(keys))


def column_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """--columns, --units and --digits: passed to the command as `columns`, a ColumnOptions."""

    @wraps(function)
    def command(*, keys: tuple[str, ...] | None, units: str | None, digits: int | None, **rest: Any) -> Any:
        if digits is not None and units is None:
            raise CostcalcError("--digits needs --units, like --units M --digits 1")
        return function(columns=ColumnOptions(keys or (), units or "", 2 if digits is None else digits), **rest)

    made: Callable[..., Any] = command
    for option in (
        click.option("--digits", type=NumberType(9, least=0),
                     help="Digits after the decimal point of numbers in --units, rounded half up [2]."),
        click.option("--units", type=click.Choice(["k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti"]),
                     help="Print numbers in 1000s (k, M, ...) or 1024s (Ki, Mi, ...); csv and json keep integers."),
        click.option("--columns", "keys", type=KeysType(),
                     help="Quantities to show, in order: params, mult_adds, activations, ..., or a name from "
                          "'costcalc conventions'; json keeps its own keys as well."),
    ):  # fmt: skip
        made = option(made)
    return made
