"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

import click

from costcalc.cli.completion import Completed, conventions
from costcalc.cli.output import check_file, echo
from costcalc.report import ALIASES, ENDINGS, FORMATS
from costcalc.spec.dtypes import SPELLINGS, torch_name
from costcalc.spec.errors import CostcalcError
from costcalc.spec.near import hinted
from costcalc.spec.shapes import MOST_AXES

F = TypeVar("F", bound=Callable[..., Any])


class NumberType(click.ParamType[int]):
    """A whole number from `least` to `most`, in the digits 0 to 9: ``20``."""

    name = "N"

    def __init__(self, most: int = 999_999_999, least: int = 1) -> None:
        self.most, self.least = most, least

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The text in the help."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number. Fails with one line that names the range."""
        text = str(value)
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and self.least <= int(text) <= self.most):
            self.fail(f"{text!r} is not a whole number from {self.least} to {self.most}", param, ctx)
        return int(text)


class SizesType(click.ParamType[tuple[int, ...]]):
    """``3x224x224`` -> (3, 224, 224)."""

    name = "CxHxW"

    def __init__(self, least: int = 1) -> None:
        self.size = NumberType(least=least)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The text in the help."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """The numbers. Fails with one line for a wrong number or too many axes."""
        if isinstance(value, tuple):
            return value
        parts = value.lower().split("x")
        if len(parts) > MOST_AXES:
            self.fail(f"{value!r} has {len(parts):,} axes; a tensor has at most {MOST_AXES}", param, ctx)
        try:
            return tuple(self.size.convert(part, param, ctx) for part in parts)
        except click.BadParameter as error:
            problem = f"{value!r} is not a size ({error.message}); expected numbers joined by x, like 3x224x224"
            self.fail(problem, param, ctx)


class Choice(click.Choice[str]):
    """One of several words. The error for another one has the nearest."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """One line that has all words."""
        return hinted(super().get_invalid_choice_message(value, ctx).rstrip("."), value, self.names)

    @property
    def names(self) -> list[str]:
        """All words that are taken."""
        return [*self.choices]


class DtypeType(Choice):
    """One of torch's names of dtypes, in either spelling: ``float16`` or ``fp16``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Torch's name. Fails with one line that has all names."""
        return super().convert(torch_name(value), param, ctx)

    @property
    def names(self) -> list[str]:
        """The names in both spellings."""
        return [*self.choices, *(each for each, name in SPELLINGS.items() if name in self.choices)]


NUMBER = NumberType()
SIZES = SizesType()


def convention_option(function: F) -> F:
    """--convention, repeatable."""
    return click.option(
        "--convention", "conventions", multiple=True, metavar="NAME", type=Completed(conventions),
        help="Add this tool's count: a name from 'costcalc conventions'. Repeatable.",
    )(function)  # fmt: skip


def file_option(function: F) -> F:
    """-o, and --help, which is printed in the same way."""
    function = help_option(function)
    return click.option(
        "-o", "--output", metavar="FILE", callback=_can_be_written, help="Write to a file, whole or not at all."
    )(function)


def help_option(function: F) -> F:
    """-h and --help: as click's own, with one line for a full disk."""
    return click.help_option("-h", "--help", callback=_show_help)(function)


def output_options(function: Callable[..., Any], more: Sequence[str] = ()) -> Callable[..., Any]:
    """--format and -o: without --format, the ending of the file decides; otherwise it is text.

    more  formats of this command, besides those of all
    """

    @wraps(function)
    def command(*, format: str | None, output: str | None, **rest: Any) -> Any:
        ending = os.path.splitext(output or "")[1].removeprefix(".").lower()
        endings = {**ENDINGS, **dict(zip(more, more, strict=True))}
        format = endings.get(ending, "text") if format is None else ALIASES.get(format, format)
        return function(format=format, output=output, **rest)

    return click.option(
        "--format",
        "format",
        type=Choice([*FORMATS, *more, *ALIASES]),
        help="Output format  [default: by the ending of FILE; otherwise text]",
    )(file_option(command))


def _can_be_written(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and value != "-":
        try:
            check_file(value)
        except CostcalcError as error:
            raise click.BadParameter(str(error)) from None
    return value


def _show_help(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        echo(ctx.get_help() + "\n")
        ctx.exit()


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Guard imports that need an extra. Raises CostcalcError, in one line, if the extra is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("costcalc"):
            raise
        raise CostcalcError(f"this needs {error.name}; install it with: pip install 'costcalc[{extra}]'") from None
