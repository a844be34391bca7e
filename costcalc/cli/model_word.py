"""A MODEL as it is typed: its name, and behind that its own options and arguments, in one quoted word."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

import click

from costcalc.cli.model_values import ARG, BATCH, DTYPES, INPUT, VALUE, args_of, together
from costcalc.cli.options import NUMBER, Choice, DtypeType
from costcalc.spec.errors import CostcalcError
from costcalc.spec.graph import MODES
from costcalc.spec.request import Request

OPTIONS: Mapping[str, click.ParamType[Any]] = {
    "batch": BATCH,
    "cache": NUMBER,
    "classes": NUMBER,
    "dtype": DtypeType(DTYPES),
    "input": INPUT,
    "inputs": click.STRING,
    "label": click.STRING,
    "mode": Choice(MODES),
    "value": VALUE,
}
"""Keys that are options. Any other key, and ``arg.KEY``, is an argument of the callable that makes the model."""

BEFORE_A_KEY = re.compile(r"\s+(?=[A-Za-z_][\w.]*=)")


def request_of(word: str, shared: Mapping[str, Any]) -> Request:
    """The Request of a MODEL like ``net.py:Net depth=12 input=3x64x64``.

    shared  values of the options for all models: fields of a Request. The model's own take their place

    Raises CostcalcError for a wrong value of a key, and a key that is given twice.
    """
    model, *pairs = _parts(word)
    options: dict[str, list[Any]] = {}
    arguments = []
    for pair in pairs:
        key, _, value = pair.partition("=")
        if key in OPTIONS:
            options.setdefault(key, []).append(_converted(key, _unquoted(value)))
        else:
            arguments.append(_converted("arg", pair.removeprefix("arg.")))
    own: dict[str, Any] = {}
    for key, values in options.items():
        if len(values) > 1 and key not in ("input", "value"):
            raise CostcalcError(f"{model}: {key} is given twice; give each option once")
        own[key] = values[0]
    if "input" in own and "inputs" in own:
        raise CostcalcError(f"{model}: input and inputs both say what the inputs are; give one of them")
    own |= {"shared": False} if {"input", "inputs"} & own.keys() else {}
    own |= {"batch_given": True} if "batch" in own else {}
    if "input" in own:
        own["input"], dtypes = together(options["input"])
        own = {"dtype": dtypes, **own}
    elif "inputs" in own:
        own = {"dtype": None, **own, "input": own["inputs"]}
    own.pop("inputs", None)
    if own.pop("value", None) is not None:
        own["values"] = args_of(options["value"], "value")
    args = {**shared.get("args", {}), **args_of(arguments)}
    return Request(model, **{**shared, **own, "args": args})


def _parts(word: str) -> list[str]:
    """The model, and each ``KEY=VALUE`` behind it. A path that exists is a model, whatever is in its name."""
    ends = [at.start() for at in re.finditer(r":|\s|$", word)]
    file = max((end for end in ends if os.path.exists(word[:end])), default=0)
    model, *pairs = BEFORE_A_KEY.split(word[file:])
    return [word[:file] + model, *pairs]


def _converted(key: str, value: str) -> Any:
    try:
        return (ARG if key == "arg" else OPTIONS[key]).convert(value, None, None)
    except click.BadParameter as error:
        raise CostcalcError(f"{key}: {error.message}") from None


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value
