"""Plain data, as JSON keeps it: reading a file of it, and what may stand in a network's."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError
from costcalc.spec.rules import RULES
from costcalc.spec.shapes import MOST_AXES, Shape
from costcalc.spec.signatures import of_rule

MOST_BYTES = 2**28
"""A file that is larger is no network: a hundred thousand layers take less."""

LARGEST = 2**40
"""No axis is longer: a file that says so is broken, or means harm."""

LARGEST_SETTING = 2**64
LONGEST = 1000
"""Letters of a name."""

DEEPEST = 8
"""Lists in lists of a setting."""


def read_json(file: str) -> Any:
    """What a JSON file holds.

    Raises CostcalcError, in one line, where it cannot be read, is larger than 256 MiB, or is no JSON as the standard
    has it: with NaN, or a key given twice.
    """
    arguments.file_name("file", file)
    try:
        with open(file, "rb") as stream:
            text = stream.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            raise CostcalcError(f"{file!r} has more than {MOST_BYTES // 2**20} MiB: no network has")
        return json.loads(text.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except OSError as error:
        raise CostcalcError(f"cannot read {file!r}: {error.strerror or error}") from None
    except (ValueError, RecursionError, MemoryError) as error:  # not UTF-8, not JSON, or nested without end
        problem = str(error).partition(";")[0] or "too much of it"  # after it, what to do in Python
        raise CostcalcError(f"{file!r} is no JSON: {problem}; 'costcalc export' writes a network as JSON") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice[:60]!r} is given twice")
    return made


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON's")


def check(value: Any, kind: type, problem: str, length: int | None = None) -> Any:
    """The value, which must be of that type and length."""
    if type(value) is not kind or (length is not None and len(cast("list[Any]", value)) != length):
        raise CostcalcError(problem if length is None else f"{problem} ({length} of them)")
    return value


def check_name(value: Any, what: str, least: int = 1) -> str:
    """The text, which must be of at least so many letters, and not too long."""
    if type(value) is not str or not least <= len(value) <= LONGEST:
        raise CostcalcError(f"{what} must be a text of {least} to {LONGEST:,} letters")
    return value


def check_shape(shape: Any, least: int = 1) -> Shape:
    """The shape as a tuple. Raises CostcalcError if it has too many axes, or a size that is out of bounds."""
    if not isinstance(shape, list | tuple) or len(shape) > MOST_AXES:
        raise CostcalcError(f"{shape!r:.60} is no shape")
    if any(type(size) is not int or not least <= size <= LARGEST for size in shape):
        raise CostcalcError(f"{shape!r:.60} is no shape: sizes are integers from {least} to 2^40")
    return tuple(shape)


def check_settings(op: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """An op's settings, as `from_plain` makes them, each of the kind that the op's rule says in its signature."""
    return of_rule(RULES[op], (), {key: from_plain(value) for key, value in given.items()})[1]


def to_plain(value: Any) -> Any:
    """Tuples as lists; infinity, which JSON lacks, as a text in an object."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    if isinstance(value, Mapping):
        return {key: to_plain(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [to_plain(each) for each in value]
    return value


def from_plain(value: Any, deep: int = 0) -> Any:
    """The way back: settings have tuples."""
    if deep > DEEPEST:
        raise CostcalcError(f"a setting is nested more than {DEEPEST} deep")
    if type(value) is int and abs(value) > LARGEST_SETTING:
        raise CostcalcError("a setting is an integer beyond 2^64")
    if isinstance(value, dict) and value.keys() == {"float"}:
        return float(check(value["float"], str, "a number that is not finite is a text in an object, like 'inf'"))
    if isinstance(value, dict):
        return {key: from_plain(each, deep + 1) for key, each in value.items()}
    return tuple([from_plain(each, deep + 1) for each in value]) if isinstance(value, list) else value
