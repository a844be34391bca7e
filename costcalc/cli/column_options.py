"""Options that say which quantities a table has, and in which units they are printed."""

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
"""Formats that keep integers, whatever the units."""


class ColumnOptions(NamedTuple):
    """What the options say: `keys` of quantities, none if the command's own are to be shown; units and digits."""

    keys: Sequence[str]
    units: str
    digits: int

    def scale(self, format: str) -> Scale:
        """How numbers are written in a format."""
        from costcalc.report.amounts import PLAIN, Scale

        return PLAIN if format in DATA else Scale(self.units, self.digits)


class KeysType(click.ParamType[tuple[str, ...]]):
    """``params,mult_adds`` -> ("params", "mult_adds"), each once."""

    name = "KEY,KEY,..."

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """As it stands in the help."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """The keys, or a line that says how to write them."""
        keys = [key.strip() for key in value.split(",")]
        if not all(keys):
            self.fail(f"{value!r} is not a list of columns; write keys with commas between, like params,mult_adds")
        return tuple(dict.fromkeys(keys))


def column_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """--columns, --units and --digits: the command gets them as `columns`, a ColumnOptions."""

    @wraps(function)
    def command(*, keys: tuple[str, ...] | None, units: str | None, digits: int | None, **rest: Any) -> Any:
        if digits is not None and units is None:
            raise CostcalcError("--digits needs --units, like --units M --digits 1")
        return function(columns=ColumnOptions(keys or (), units or "", 2 if digits is None else digits), **rest)

    made: Callable[..., Any] = command
    for option in (
        click.option("--digits", type=NumberType(9, least=0),
                     help="Digits after the point of numbers in --units, rounded half up [2]."),
        click.option("--units", type=click.Choice(["k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti"]),
                     help="Print numbers in 1000s (k, M, ...) or 1024s (Ki, Mi, ...); csv and json keep integers."),
        click.option("--columns", "keys", type=KeysType(),
                     help="Quantities to show, in order: params, mult_adds, activations, ..., or any of "
                          "'costcalc conventions'; json has all its keys anyway."),
    ):  # fmt: skip
        made = option(made)
    return made
