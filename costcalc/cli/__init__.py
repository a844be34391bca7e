"""The command line: parse, call one function, print. One file per command; each imports what it needs when it runs."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any

import click

from costcalc.cli.options import help_option
from costcalc.cli.output import echo, tell
from costcalc.cli.progress import watching
from costcalc.spec.errors import CostcalcError, message
from costcalc.spec.near import hinted
from costcalc.spec.progress import task

COMMANDS = {  # command -> its file, named unlike any module or builtin of Python
    "list": "listing",
    "table": "table",
    "compare": "compare",
    "explain": "explain",
    "sweep": "sweep",
    "formula": "formula",
    "bottleneck": "bottleneck",
    "published": "published",
    "claims": "claims",
    "conventions": "conventions",
    "reconcile": "reconcile",
    "export": "export",
    "inspect": "inspecting",
    "plot": "plot",
    "report": "reporting",
    "verify": "verify",
    "time": "timing",
    "roofline": "roofline",
    "calibrate": "calibrate",
    "memory": "memory",
    "search": "search",
    "check": "check",
    "diff": "diff",
}

TASK = "costcalc.task"
"""Key of the task of the whole command, in its context."""

LONGEST = 200
"""Characters of a word in a message; a longer one, from the user's input, is cut off."""


class Commands(click.Group):
    """A group that imports a command's file only when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"{__name__}.{COMMANDS[cmd_name]}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As click does; the error for an unknown command names the nearest one, or all."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            there = f"there are {', '.join(COMMANDS)}"
            raise CostcalcError(hinted(f"unknown command {args[0]!r}", args[0], COMMANDS, otherwise=there))
        if TASK in ctx.meta:
            ctx.meta[TASK].label = f"costcalc {args[0]}"
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """The commands that begin with the word, none of which is imported; or the options of the group."""
        from costcalc.cli.completion import items

        return items(COMMANDS, incomplete) or super().shell_complete(ctx, incomplete)

    def invoke(self, ctx: click.Context) -> Any:
        """As click does, without its empty line after an interrupt."""
        try:
            with task("costcalc") as ctx.meta[TASK]:
                return super().invoke(ctx)
        except KeyboardInterrupt:
            raise click.Abort from None


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        from costcalc import __version__

        echo(f"costcalc {__version__}\n")
        ctx.exit()


@click.group(cls=Commands)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
@help_option
def cli() -> None:
    """What does this network cost? Params and mult-adds in closed form, checked against the field's counters."""


def main() -> None:
    """Run a command and exit: 0 fine, 1 a check did not hold, 2 bad input, in one line. Raises KeyboardInterrupt."""
    try:
        if "_COSTCALC_COMPLETE" in os.environ:  # a shell asks for completions
            import_module("costcalc.cli.shells")
        with watching(sys.stderr):
            code = cli.main(prog_name="costcalc", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        with suppress(CostcalcError):
            echo(f"{error.format_message()}\n", err=True)
        sys.exit(2)
    except (click.ClickException, CostcalcError) as error:
        tell(f"costcalc: {_line(error)}")
        sys.exit(2)
    except click.Abort:
        raise KeyboardInterrupt from None
    sys.exit(code if isinstance(code, int) else 0)


def _line(error: click.ClickException | CostcalcError) -> str:
    """An error as one line, its long words cut off. Errors of click also name the help to read."""
    text = message(error)
    if isinstance(error, click.ClickException):
        text = _hinted(error) or error.format_message().rstrip(".")
        if isinstance(error, click.UsageError) and type(error) is not click.BadParameter and error.ctx:
            text = f"{text}; see: {error.ctx.command_path} --help"
        text = text[:1].lower() + text[1:]
    return " ".join(word if len(word) <= LONGEST else f"{word[:LONGEST]}…" for word in text.split())


def _hinted(error: click.ClickException) -> str:
    """The message for an option or a command that does not exist, with the one that was meant; empty for others."""
    for kind in ("option", "command"):
        name, near = getattr(error, f"{kind}_name", None), getattr(error, "possibilities", None)
        if isinstance(name, str) and near is not None:
            return hinted(f"no such {kind} {name!r}", name, near)
    return ""
