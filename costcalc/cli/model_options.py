"""Options of the commands that take a MODEL: its inputs, arguments and mode; --strict and its exit code."""

from __future__ import annotations

import ast
import contextlib
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

import click

from costcalc.analysis.quantities import BASIC
from costcalc.cli.options import NUMBER, SIZES
from costcalc.cli.output import tell
from costcalc.spec.errors import CostcalcError
from costcalc.spec.graph import Graph, Mode
from costcalc.spec.request import Request

if TYPE_CHECKING:
    from costcalc.analysis.cost import Cost

DTYPES = (
    "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "complex64",
    "complex128",
)  # fmt: skip
"""Names of torch dtypes that an input can have."""


RequestOf = Callable[[str], Request]
"""Takes a MODEL; returns its Request, with the values of the options."""


def model_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """--input, --cache, --arg, --batch, --classes and --mode: passed to the command as `request`, a RequestOf."""

    @wraps(function)
    def command(
        *, inputs: Any, cache: int | None, batch: int, classes: int | None, mode: Mode, arguments: Any, **rest: Any
    ) -> Any:
        shapes, dtypes = _together(inputs)
        request = partial(
            Request, input=shapes, batch=batch, classes=classes, mode=mode, args=_args(arguments), dtype=dtypes,
            cache=cache,
        )  # fmt: skip
        return function(request=request, **rest)

    made: Callable[..., Any] = command
    for option in (
        click.option("--mode", type=click.Choice(["eval", "train"]), default="eval", show_default=True,
                     help="train also runs auxiliary heads."),
        click.option("--classes", type=NUMBER, help="Number of classes [the network's own]."),
        click.option("--batch", type=NUMBER, default=1, show_default=True, help="Batch size."),
        click.option("--cache", type=NUMBER, help="For an hf: model: one step of decoding, after N positions."),
        click.option("--arg", "arguments", type=ARG, multiple=True,
                     help="Argument of the callable that makes a torch model. Repeatable."),
        click.option("--input", "inputs", type=INPUT, multiple=True,
                     help="Size of an input, without the batch [the network's own]. Repeatable: "
                          "--input 3x64x64 --input 10:int64."),
    ):  # fmt: skip
        made = option(made)
    return made


def graph_of(request: Request) -> Graph:
    """The Graph of a Request."""
    from costcalc.openers import read

    with prints_aside():
        return read(request)


def cost_of(request: Request, columns: Sequence[str] = BASIC, conventions: Sequence[str] = ()) -> Cost:
    """The Cost of a Request."""
    from costcalc import models

    with prints_aside():
        return models.cost_of(request, columns, conventions)


def strict_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """--strict: see `exit_code`."""
    return click.option("--strict", is_flag=True, help="Exit code 1 if the mult-adds of any op are unknown.")(function)


def exit_code(strict: bool, *costs: Cost) -> int:
    """A command's exit code: 1 if `strict` and any op is unknown, otherwise 0. Prints unknown ops to standard error."""
    from costcalc.report.lower_bound import lower_bound

    bounds = [cost for cost in costs if cost.unknown] if strict else []
    for cost in bounds:
        tell(f"costcalc: {cost.graph.name}: {lower_bound(cost, 'mult_adds')}")
    return 1 if bounds else 0


@contextlib.contextmanager
def prints_aside() -> Iterator[None]:
    """Redirect the prints of a model's code to standard error: standard output is for the report."""
    with contextlib.redirect_stdout(sys.stderr), contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError, AttributeError, ValueError):  # a stream that is closed, or not a file
            stream: Any = sys.__stdout__
            stream.flush()
            kept = os.dup(stream.fileno())
            stack.callback(os.close, kept)
            stack.callback(os.dup2, kept, stream.fileno())
            stack.callback(stream.flush)
            os.dup2(2, stream.fileno())  # prints that bypass Python's streams
        yield


@dataclass(frozen=True, slots=True)
class Input:
    """One --input: name of the argument ("": positional), sizes without the batch, dtype (None: the model's)."""

    name: str
    sizes: tuple[int, ...]
    dtype: str | None


class InputType(click.ParamType[Input]):
    """``3x224x224``, ``128:int64``, ``input_ids=128:int64``; ``:int64``, one number per input of the batch."""

    name = "[NAME=]CxHxW[:DTYPE]"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The text in the help."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Input:
        """Split the parts. Fails with one line that names the wrong part."""
        name, equals, rest = value.rpartition("=")
        sizes, colon, dtype = rest.partition(":")
        if equals and not name.isidentifier():
            self.fail(f"{value!r}: {name!r} is not an argument name; expected like input_ids=128:int64", param, ctx)
        if colon and dtype not in DTYPES:
            self.fail(f"{value!r}: {dtype!r} is not a dtype; there are {', '.join(DTYPES)}", param, ctx)
        return Input(name, () if colon and not sizes else SIZES.convert(sizes, param, ctx), dtype or None)


class ArgType(click.ParamType[tuple[str, Any]]):
    """``depth=12`` -> ("depth", 12): a Python literal becomes its value, anything else stays a string."""

    name = "KEY=VALUE"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The text in the help."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        """Split key and value. Fails with one line that shows the format."""
        key, equals, text = value.partition("=")
        if not equals or not key.isidentifier():
            self.fail(f"{value!r} is not an argument; expected its name and value, like depth=12", param, ctx)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return key, ast.literal_eval(text)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return key, text


INPUT = InputType()
ARG = ArgType()


def _together(inputs: Sequence[Input]) -> tuple[Any, Any]:
    """Shapes and dtypes of all --input, as `costcalc.graph` takes them: None, one, a list in order, or by name."""
    names = [each.name for each in inputs]
    if not inputs:
        return None, None
    if any(names) and ("" in names or len(set(names)) < len(names)):
        raise CostcalcError(
            "--input: expected a different name for each input, like --input a=128 --input b=64, or no names"
        )
    if any(names):
        return {each.name: each.sizes for each in inputs}, {each.name: each.dtype for each in inputs}
    if len(inputs) == 1:
        return inputs[0].sizes, inputs[0].dtype
    return [each.sizes for each in inputs], [each.dtype for each in inputs]


def _args(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    twice = [key for i, (key, _) in enumerate(pairs) if key in dict(pairs[:i])]
    if twice:
        raise CostcalcError(f"--arg {twice[0]} is given twice; give each argument once")
    return dict(pairs)
