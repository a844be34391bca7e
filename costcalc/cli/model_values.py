"""Values of a model's options: --input and --arg, and how they go together."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from costcalc.cli.options import NumberType, SizesType
from costcalc.spec.dtypes import torch_name
from costcalc.spec.errors import CostcalcError
from costcalc.spec.near import hinted

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

DTYPES = (
    "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "complex64",
    "complex128",
)  # fmt: skip
"""Names of torch dtypes that an input can have."""


class Input(NamedTuple):
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
        if equals and not re.fullmatch(r"[^\s=]+", name):
            self.fail(f"{value!r}: {name!r} is not an argument name; expected like input_ids=128:int64", param, ctx)
        dtype = torch_name(dtype)
        if colon and dtype not in DTYPES:
            there = f"there are {', '.join(DTYPES)}"
            self.fail(hinted(f"{value!r}: {dtype!r} is not a dtype", dtype, DTYPES, there), param, ctx)
        return Input(name, () if colon and not sizes else SizesType(least=0).convert(sizes, param, ctx), dtype or None)


class ArgType(click.ParamType[tuple[str, Any]]):
    """``depth=12`` -> ("depth", 12): a Python literal becomes its value, anything else stays a string.

    So does a number that starts with zeros, like ``genotype=0012`` or ``0000``.
    """

    name = "KEY=VALUE"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The text in the help."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        """Split key and value. Fails with one line that shows the format."""
        key, equals, text = value.partition("=")
        if not equals or not key.isidentifier():
            self.fail(f"{value!r} is not an argument; expected its name and value, like depth=12", param, ctx)
        if re.fullmatch(r"0\d+", text):
            return key, text
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return key, ast.literal_eval(text)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return key, text

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The settings of a network of the zoo."""
        from costcalc.cli.completion import items, settings

        return items(settings(ctx), incomplete)


class BatchType(NumberType):
    """``8``, or ``none`` for inputs without a batch axis."""

    name = "N|none"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number, or None. Fails with one line that names the range."""
        return None if value == "none" else super().convert(value, param, ctx)


class ValueType(ArgType):
    """``sr=16000`` -> ("sr", 16000). The name of an input may be any, as in an ONNX file."""

    name = "NAME=NUMBER"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        """Split name and value. Fails with one line that shows the format."""
        name, _, text = value.rpartition("=")
        if not re.fullmatch(r"[^\s=]+", name):
            self.fail(f"{value!r} is not a value of an input; expected its name and value, like sr=16000", param, ctx)
        return name, super().convert(f"value={text}", param, ctx)[1]


BATCH = BatchType()
INPUT = InputType()
ARG = ArgType()
VALUE = ValueType()


def together(inputs: Sequence[Input]) -> tuple[Any, Any]:
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


def args_of(pairs: Sequence[tuple[str, Any]], option: str = "--arg") -> dict[str, Any]:
    """The arguments by name. Raises CostcalcError for one that is given twice."""
    twice = [key for i, (key, _) in enumerate(pairs) if key in dict(pairs[:i])]
    if twice:
        raise CostcalcError(f"{option} {twice[0]} is given twice; give each argument once")
    return dict(pairs)
