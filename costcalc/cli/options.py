"""Options that several commands have, and the one way out for what they print."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

import click

from costcalc.spec.errors import CostcalcError

if TYPE_CHECKING:
    from costcalc.report.table import Table

F = TypeVar("F", bound=Callable[..., Any])

FORMATS = ("text", "markdown", "csv", "latex", "json", "html")


class NumberType(click.ParamType[int]):
    """A whole number from `least` to `most`, in the digits 0 to 9: ``20``."""

    name = "N"

    def __init__(self, most: int = 999_999_999, least: int = 1) -> None:
        self.most, self.least = most, least

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """As it stands in the help."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number, or a line that says which ones there are."""
        text = str(value)
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and self.least <= int(text) <= self.most):
            self.fail(f"{text!r} is no whole number from {self.least} to {self.most}", param, ctx)
        return int(text)


class SizesType(click.ParamType[tuple[int, ...]]):
    """``3x224x224`` -> (3, 224, 224)."""

    name = "CxHxW"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """As it stands in the help."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Numbers with x between."""
        if isinstance(value, tuple):
            return value
        try:
            return tuple(NUMBER.convert(part, param, ctx) for part in value.lower().split("x"))
        except click.BadParameter as error:
            problem = f"{value!r} is no size ({error.message}); write numbers with x between, like 3x224x224"
            self.fail(problem, param, ctx)


NUMBER = NumberType()
SIZES = SizesType()


def convention_option(function: F) -> F:
    """--convention, repeatable."""
    return click.option(
        "--convention", "conventions", multiple=True, metavar="NAME",
        help="Count as this tool does, too: any of 'costcalc conventions'. Repeatable.",
    )(function)  # fmt: skip


def file_option(function: F) -> F:
    """-o."""
    return click.option(
        "-o", "--output", metavar="FILE", callback=_can_be_written, help="Write to a file, whole or not at all."
    )(function)


def output_options(function: F) -> F:
    """--format and -o."""
    function = file_option(function)
    return click.option(
        "--format", "format", type=click.Choice(FORMATS), default="text", show_default=True, help="How to write it."
    )(function)


def _can_be_written(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Told before the work is done, where that can be seen."""
    if value is None or value == "-":
        return value
    if os.path.isdir(value) or value.endswith(os.sep):
        raise click.BadParameter(f"{value!r} is a folder; name a file")
    if not value or not os.path.isdir(os.path.dirname(os.path.abspath(value))):
        raise click.BadParameter(f"{value!r} is in no folder that there is; name a file in one you can write to")
    return value


def emit(tables: Table | Sequence[Table], data: Callable[[], dict[str, Any]], format: str, output: str | None) -> None:
    """Print a report, or write it to a file: whole, or not at all."""
    if format == "json":
        import json

        text = json.dumps(data(), indent=2, ensure_ascii=False) + "\n"
    else:
        from costcalc.report.formats import render

        text = render(tables if isinstance(tables, Sequence) else [tables], format)
    print_or_write(text, output)


def print_or_write(text: str, output: str | None) -> None:
    """To a file, or to standard output: where its reader has gone nothing is wrong, and nothing more is said."""
    if output is not None and output != "-":
        write(output, text)
        return
    try:
        click.echo(text, nl=False)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is left in the buffer
        if not isinstance(error, BrokenPipeError):
            raise CostcalcError(f"cannot write to standard output: {error.strerror or error}") from None


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Imports that an extra brings: without it, one line says which to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("costcalc"):
            raise
        raise CostcalcError(f"this needs {error.name}; install it with: pip install 'costcalc[{extra}]'") from None


def progress(items: Any, label: str, show: Callable[[Any], str], length: int | None = None) -> Any:
    """A progress bar on standard error; hidden where that is no terminal."""
    hidden = sys.stderr is None or not sys.stderr.isatty()
    return click.progressbar(items, length=length, label=label, item_show_func=show, file=sys.stderr, hidden=hidden)


def write(file: str, text: str) -> None:
    """Write a file whole: first beside it, then in its place. A link keeps pointing at its file.

    Raises CostcalcError where it cannot be written; the old file, if any, is then as it was.
    """
    import tempfile

    draft = ""
    try:
        if os.path.exists(file) and not os.path.isfile(file):  # a pipe or a device: there is nothing to keep whole
            with open(file, "w", encoding="utf-8") as stream:
                stream.write(text)
            return
        target = os.path.realpath(file)
        handle, draft = tempfile.mkstemp(prefix=".costcalc.", dir=os.path.dirname(target))
        with open(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(draft, 0o666 & ~mask)
        os.replace(draft, target)
    except OSError as error:
        with suppress(OSError):
            os.unlink(draft)
        raise CostcalcError(
            f"cannot write {file!r}: {error.strerror or error}; name a file in a folder you can write to"
        ) from None
