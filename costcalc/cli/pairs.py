"""Options of the form KEY=VALUE whose key is a quantity: ``params=5M``, ``mult_adds=5%``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from costcalc.cli.model_values import args_of
from costcalc.cli.options import F


class PairType(click.ParamType[tuple[str, str]]):
    """``params=5M`` -> ("params", "5M")."""

    def __init__(self, value: str, like: str) -> None:
        self.name, self.like = f"KEY={value}", like

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The text in the help."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Split key and value. Fails with one line that shows the format."""
        key, equals, text = value.partition("=")
        if not equals or not key.strip() or not text.strip():
            self.fail(f"{value!r}: expected a quantity and its value, like {self.like}", param, ctx)
        return key.strip(), text.strip()


def pairs_option(name: str, parameter: str, type: PairType, help: str) -> Callable[[F], F]:
    """A repeatable option of pairs, passed to the command as a dict by key, each key once."""

    def by_key(ctx: click.Context, param: click.Parameter, pairs: Any) -> dict[str, Any]:
        return args_of(pairs, name)

    return click.option(name, parameter, type=type, multiple=True, callback=by_key, help=help)


def fail_over_option(help: str) -> Callable[[F], F]:
    """--fail-over, repeatable."""
    return pairs_option("--fail-over", "fail_over", PairType("PERCENT", "mult_adds=5%"), help)
