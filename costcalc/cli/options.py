"""Options that several commands have, and the one way out for what they print."""

from __future__ import annotations

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


class SizesType(click.ParamType[tuple[int, ...]]):
    """``3x224x224`` -> (3, 224, 224)."""

    name = "CxHxW"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Numbers of at least 1, with x between."""
        if isinstance(value, tuple):
            return value
        parts = str(value).lower().split("x")
        if not all(part.isascii() and part.isdigit() and int(part[:10]) > 0 and len(part) < 10 for part in parts):
            self.fail(f"{value!r} is no size; write positive numbers with x between, like 3x224x224", param, ctx)
        return tuple(int(part) for part in parts)


SIZES = SizesType()


def network_options(function: F) -> F:
    """--input, --batch, --classes and --mode."""
    for option in (
        click.option("--mode", type=click.Choice(["eval", "train"]), default="eval", show_default=True,
                     help="train runs auxiliary heads too."),
        click.option("--classes", type=click.IntRange(min=1), help="Outputs of the classifier [the network's own]."),
        click.option("--batch", type=click.IntRange(min=1), default=1, show_default=True, help="Inputs at once."),
        click.option("--input", "input_size", type=SIZES, help="Size of one input [the network's own]."),
    ):  # fmt: skip
        function = option(function)
    return function


def convention_option(function: F) -> F:
    """--convention, repeatable."""
    return click.option(
        "--convention", "conventions", multiple=True, metavar="NAME",
        help="Count as this tool does, too: fvcore, torchinfo, flopcounter. Repeatable.",
    )(function)  # fmt: skip


def output_options(function: F) -> F:
    """--format and -o."""
    function = click.option("-o", "--output", type=click.Path(), metavar="FILE", help="Write to a file.")(function)
    return click.option(
        "--format", "format", type=click.Choice(FORMATS), default="text", show_default=True, help="How to write it."
    )(function)


def emit(tables: Table | Sequence[Table], data: Callable[[], dict[str, Any]], format: str, output: str | None) -> None:
    """Print a report, or write it to a file: whole, or not at all."""
    if format == "json":
        import json

        text = json.dumps(data(), indent=2, ensure_ascii=False) + "\n"
    else:
        from costcalc.report.formats import render

        text = render(tables if isinstance(tables, Sequence) else [tables], format)
    if output is None or output == "-":
        click.echo(text, nl=False)
    else:
        write(output, text)


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
    return click.progressbar(items, length=length, label=label, item_show_func=show, file=sys.stderr, hidden=not sys.stderr.isatty())


def write(file: str, text: str) -> None:
    """Write a file whole: first beside it, then in its place.

    Raises CostcalcError where it cannot be written; the old file, if any, is then as it was.
    """
    import os
    import tempfile

    folder, name = os.path.split(os.path.abspath(file))
    if os.path.isdir(file):
        raise CostcalcError(f"cannot write {file}: it is a folder; name a file")
    if os.path.exists(file) and not os.path.isfile(file):  # a pipe or a device: there is nothing to keep whole
        with open(file, "w", encoding="utf-8") as stream:
            stream.write(text)
        return
    draft = ""
    try:
        handle, draft = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
        with open(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(draft, 0o666 & ~mask)
        os.replace(draft, file)
    except OSError as error:
        with suppress(OSError):
            os.unlink(draft)
        raise CostcalcError(
            f"cannot write {file}: {error.strerror or error}; name a file in a folder you can write to"
        ) from None
