"""Values of options that may be ranges: ``32:1024:32``, ``1,8,64``, ``3x32:64x224``, ``depth=12,24``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import click

from costcalc.api.free_sizes import Sizes
from costcalc.cli.model_values import ARG, DTYPES
from costcalc.cli.options import NumberType
from costcalc.spec.dtypes import torch_name
from costcalc.spec.shapes import MOST_AXES

MOST = 1_000_000
"""Most values that are listed with commas; a single range may have any number."""

EXPECTED = "expected a number, a range like 32:1024:32, whose ends are included, or several joined by commas"


class NumbersType(click.ParamType[Sequence[int]]):
    """``8``, ``1,8,64`` or ``32:1024:32``: a range includes its ends; without a step it is 1."""

    name = "N|A:B:STEP|N,N"

    def __init__(self, least: int = 1) -> None:
        self.number = NumberType(least=least)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The text in the help."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Sequence[int]:
        """The numbers. Fails with one line that shows the format."""
        try:
            parts = [self._part(part) for part in value.split(",")]
        except click.BadParameter as error:
            self.fail(f"{value!r}: {error.message}; {EXPECTED}", param, ctx)
        if len(parts) == 1:
            return parts[0]
        if sum(map(len, parts)) > MOST:
            self.fail(f"{value!r} lists more than {MOST:,} numbers; give one range", param, ctx)
        return [number for part in parts for number in part]

    def _part(self, text: str) -> Sequence[int]:
        start, *rest = [self.number.convert(each, None, None) for each in text.split(":")]
        if not rest:
            return [start]
        stop, step = rest[0], max(rest[1], 1) if len(rest) > 1 else 1
        if len(rest) > 2:
            self.fail(f"{text!r} has {len(rest) + 1} parts")
        if stop < start:
            self.fail(f"the range {text} is empty")
        return range(start, stop + 1, step)


class FreeInputType(click.ParamType[Sizes]):
    """``32:1024:32``, ``3x32:64x224``, ``input_ids=1:128:int64``."""

    name = "[NAME=]SIZES[:DTYPE]"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The text in the help."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Sizes:
        """Split the parts. Fails with one line that names the wrong part."""
        name, equals, rest = value.rpartition("=")
        if equals and not re.fullmatch(r"[^\s=]+", name):
            self.fail(f"{value!r}: {name!r} is not an argument name; expected like input_ids=1:128:int64", param, ctx)
        sizes, colon, last = rest.rpartition(":")
        dtype = torch_name(last) if colon and last[:1].isalpha() and "," not in last and "x" not in last else None
        if dtype is None:
            sizes = rest
        elif dtype not in DTYPES:
            self.fail(f"{value!r}: {last!r} is not a dtype; there are {', '.join(DTYPES)}", param, ctx)
        axes = sizes.lower().split("x")
        if len(axes) > MOST_AXES:
            self.fail(f"{value!r} has {len(axes):,} axes; a tensor has at most {MOST_AXES}", param, ctx)
        try:
            numbers = [NUMBERS.convert(axis, param, ctx) for axis in axes]
        except click.BadParameter as error:
            self.fail(f"{value!r} is not a size: {error.message}", param, ctx)
        fixed = tuple(each if len(each) > 1 else each[0] for each in numbers)
        return Sizes(name, (numbers[0],), True, dtype) if len(axes) == 1 else Sizes(name, fixed, False, dtype)


class ValuesType(click.ParamType[Sequence[Any]]):
    """``0.25,0.5`` or ``0.25:1:0.25``: values joined by commas, each a number, a range, a literal or a text."""

    name = "VALUE[,VALUE...]"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The text in the help."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Sequence[Any]:
        """The values. Fails with one line for an empty range, and for too many values."""
        parts = [values for text in _split(value) for values in [self._part(text, param, ctx)]]
        if sum(map(len, parts)) > MOST:
            self.fail(f"{value!r} lists more than {MOST:,} values", param, ctx)
        return [each for part in parts for each in part]

    def _part(self, text: str, param: click.Parameter | None, ctx: click.Context | None) -> Sequence[Any]:
        if not RANGE.fullmatch(text):
            return [ARG.convert(f"value={text}", param, ctx)[1]]
        from fractions import Fraction

        start, stop, *steps = map(Fraction, text.split(":"))
        step = steps[0] if steps else Fraction(1)
        if step <= 0 or stop < start:
            self.fail(f"the range {text} is empty", param, ctx)
        count = int((stop - start) / step) + 1
        if count > MOST:
            self.fail(f"{text!r} has more than {MOST:,} values", param, ctx)
        made = [start + i * step for i in range(count)]
        return [float(each) for each in made] if "." in text else [int(each) for each in made]


RANGE = re.compile(r"\d{1,9}(\.\d{1,9})?(:\d{1,9}(\.\d{1,9})?){1,2}")


class FreeArgType(click.ParamType[tuple[str, Sequence[Any]]]):
    """``depth=12,24`` -> ("depth", [12, 24])."""

    name = "KEY=VALUE[,VALUE...]"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The text in the help."""
        return self.name

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Sequence[Any]]:
        """Split key and values. Fails with one line that shows the format."""
        key, _ = ARG.convert(value, param, ctx)
        return key, VALUES.convert(value.partition("=")[2], param, ctx)


def _split(text: str) -> Iterator[str]:
    """The parts of a text between its commas, except those in brackets and quotes."""
    depth, quote, start = 0, "", 0
    for i, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif sign == "," and depth == 0:
            yield text[start:i]
            start = i + 1
    yield text[start:]


class JobsType(NumberType):
    """``4``, or ``all``: one process per core."""

    name = "N|all"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number of processes. Fails with one line that names the range."""
        if value != "all":
            return super().convert(value, param, ctx)
        import os

        affinity = getattr(os, "sched_getaffinity", None)
        return len(affinity(0)) if affinity else os.cpu_count() or 1


NUMBERS = NumbersType()
FREE_INPUT = FreeInputType()
FREE_ARG = FreeArgType()
VALUES = ValuesType()
JOBS = JobsType(most=1024)
