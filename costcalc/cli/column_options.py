"""Options for the quantities of a table and the units in which they are printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from costcalc.cli.options import Choice, NumberType
from costcalc.spec.errors import CostcalcError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from costcalc.report.style import Style


class ColumnOptions(NamedTuple):
    """Values of the options: `keys` of quantities (empty: the command's own), units, digits after the point, words."""

    keys: Sequence[str]
    units: str | None
    digits: int | None
    say: str

    @property
    def style(self) -> Style:
        """The Style of the numbers."""
        from costcalc.report.style import Style

        prefix = "" if self.units == "none" else self.units
        return Style(prefix=prefix, digits=2 if self.digits is None else self.digits, say=WORDS[self.say])


WORDS = {"mult-adds": "mult-adds", "macs": "MACs"}
"""Values of --say -> the word in headings."""


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

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The quantities and conventions that begin with the word behind the last comma."""
        from costcalc.cli.completion import items, keys

        return items(keys(ctx), incomplete, listed=True)


def column_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """--columns, --units, --digits and --say: passed to the command as `columns`, a ColumnOptions."""

    @wraps(function)
    def command(
        *, keys: tuple[str, ...] | None, units: str | None, digits: int | None, say: str, format: str, **rest: Any
    ) -> Any:
        if digits is not None and units in (None, "none") and (units or format != "latex"):
            raise CostcalcError("--digits needs --units, like --units M --digits 1")
        return function(columns=ColumnOptions(keys or (), units, digits, say), format=format, **rest)

    made: Callable[..., Any] = command
    for option in (
        click.option("--say", type=Choice([*WORDS]), default="mult-adds", show_default=True,
                     help="The word for multiply-adds in headings."),
        click.option("--digits", type=NumberType(9, least=0),
                     help="Digits after the decimal point of numbers in --units, rounded half up [2]."),
        click.option("--units", type=Choice(["none", "auto", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti"]),
                     help="Print numbers in 1000s (k, M, ...) or 1024s (Ki, Mi, ...); auto: each column in its own; "
                          "none: in full. csv and json keep integers  [default: auto in latex, otherwise none]"),
        click.option("--columns", "keys", type=KeysType(),
                     help="Quantities to show, in order: params, mult_adds, activations, ..., or a name from "
                          "'costcalc conventions'; json keeps its own keys as well."),
    ):  # fmt: skip
        made = option(made)
    return made
