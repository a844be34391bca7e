"""Options of the commands that take a MODEL: its inputs, arguments and mode; --strict and its exit code."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from costcalc.analysis.quantities import BASIC
from costcalc.analysis.target import NOWHERE, Target
from costcalc.cli.model_values import ARG, BATCH, INPUT, VALUE, args_of, together
from costcalc.cli.model_word import request_of
from costcalc.cli.options import NUMBER, Choice
from costcalc.cli.output import tell
from costcalc.spec.errors import CostcalcError
from costcalc.spec.graph import Graph, Mode
from costcalc.spec.request import CAUSAL, Request

if TYPE_CHECKING:
    from costcalc.analysis.cost import Cost

RequestOf = Callable[[str], Request]
"""Takes a MODEL as typed; returns its Request, with the values of the options."""

COUNTS_ALL = {"causal": lambda request: f"--causal {request.causal} is for table, compare and explain"}
"""For commands that count all products: they do not take --causal half."""


def model_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """--input, --inputs, --value, --cache, --arg, --batch, --classes and --mode: passed to the command as `request`.

    That is a RequestOf: a MODEL may have its own in place of these, see `model_word`.
    """

    @wraps(function)
    def command(
        *, input: Any, inputs: str | None, cache: int | None, batch: int | None, classes: int | None, mode: Mode,
        arguments: Any, values: Any, causal: str, **rest: Any,
    ) -> Any:  # fmt: skip
        if input and inputs is not None:
            raise CostcalcError("--input and --inputs both say what the inputs are; give one of them")
        shapes, dtypes = together(input)
        shared = {
            "input": shapes if inputs is None else inputs, "dtype": dtypes, "batch": batch, "classes": classes,
            "mode": mode, "args": args_of(arguments), "cache": cache,
            "values": args_of(values, "--value"), "batch_given": _is_given("batch"),
            "shared": len(rest.get("models", ())) > 1,
            "causal": causal,
        }  # fmt: skip
        return function(request=lambda word: request_of(word, shared), **rest)

    made: Callable[..., Any] = command
    for option in (
        click.option("--mode", type=Choice(["eval", "train"]), default="eval", show_default=True,
                     help="train also runs auxiliary heads."),
        click.option("--classes", type=NUMBER, help="Number of classes [the network's own]."),
        click.option("--batch", type=BATCH, default=1, show_default=True,
                     help="Batch size; none: sizes of --input have no batch axis to add."),
        click.option("--causal", type=Choice(CAUSAL), default="full", show_default=True,
                     help="Mult-adds of causal attention: all products, or half: those that its mask keeps."),
        click.option("--cache", type=NUMBER, help="For an hf: model: one step of decoding, after N positions."),
        click.option("--arg", "arguments", type=ARG, multiple=True,
                     help="Argument of the callable that makes a torch model, or setting of a zoo network."),
        click.option("--value", "values", type=VALUE, multiple=True,
                     help="Value of a small input of an ONNX file, like --value sr=16000. Repeatable."),
        click.option("--inputs", metavar="FILE:NAME",
                     help="Inputs that code gives, like file.py:example: tensors or sizes, or a callable that returns "
                          "them. The file is run."),
        click.option("--input", type=INPUT, multiple=True,
                     help="Size of an input, without the batch [the network's own]. Repeatable: "
                          "--input 3x64x64 --input 10:int64."),
    ):  # fmt: skip
        made = option(made)
    return made


def _is_given(option: str) -> bool:
    """True if the user gives an option, also if its value is the default."""
    return click.get_current_context().get_parameter_source(option) is not click.core.ParameterSource.DEFAULT


def graph_of(request: Request) -> Graph:
    """The Graph of a Request."""
    from costcalc.openers import read

    request.refuse(COUNTS_ALL)
    with prints_aside():
        return read(request)


def cost_of(
    request: Request, columns: Sequence[str] = BASIC, conventions: Sequence[str] = (), target: Target = NOWHERE,
    timed: Callable[[Graph], float] | None = None,
) -> Cost:  # fmt: skip
    """The Cost of a Request on a Target. `timed` measures the seconds of a pass."""
    from costcalc import models

    with prints_aside():
        return models.cost_of(request, columns, conventions, target, timed)


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
