"""Plain data, as JSON keeps them: reading a file, and checks of what a network's file may contain."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError
from costcalc.spec.near import no_file
from costcalc.spec.rules import RULES
from costcalc.spec.shapes import MOST_AXES, Shape
from costcalc.spec.signatures import of_rule

MOST_BYTES = 2**28
"""Upper bound for a file. A hundred thousand layers take less."""

LARGEST = 2**40
"""Upper bound for an axis. A file with a longer one is rejected as corrupt or hostile."""

LARGEST_SETTING = 2**64
LONGEST = 1000
"""Characters of a name."""

DEEPEST = 8
"""Nesting of lists in a setting."""


def read_json(file: str, hint: str = "'costcalc export' writes a network as JSON") -> Any:
    """The value in a JSON file. `hint` ends the error for a file that is not JSON.

    Raises CostcalcError, in one line, if the file cannot be read, is larger than 256 MiB, or is not JSON by the
    standard: it contains NaN, or a key twice.
    """
    arguments.file_name("file", file)
    try:
        with open(file, "rb") as stream:
            text = stream.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            raise CostcalcError(f"{file!r} has more than {MOST_BYTES // 2**20} MiB, which no network has")
        return json.loads(text.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except FileNotFoundError:
        raise CostcalcError(no_file(file)) from None
    except OSError as error:
        raise CostcalcError(f"cannot read {file!r}: {error.strerror or error}") from None
    except (ValueError, RecursionError, MemoryError) as error:  # not UTF-8, not JSON, or nested without end
        problem = str(error).partition(";")[0] or "too large"  # after ";" comes advice for Python code
        raise CostcalcError(f"{file!r} is not JSON: {problem}; {hint}") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice[:60]!r} is given twice")
    return made


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number in JSON")


def check(value: Any, kind: type, problem: str, length: int | None = None) -> Any:
    """The value. Raises CostcalcError with `problem` unless it has that type and length."""
    if type(value) is not kind or (length is not None and len(cast("list[Any]", value)) != length):
        raise CostcalcError(problem if length is None else f"{problem} ({length} of them)")
    return value


def check_name(value: Any, what: str, least: int = 1) -> str:
    """The string. Raises CostcalcError if it is not one, shorter than `least`, or longer than LONGEST."""
    if type(value) is not str or not least <= len(value) <= LONGEST:
        raise CostcalcError(f"{what} must be a text of {least} to {LONGEST:,} letters")
    return value


def check_numbers(value: Any, below: int, what: str) -> list[int]:
    """The list. Raises CostcalcError unless all of it are integers from 0 to below this one."""
    if type(value) is not list or not all(type(each) is int and 0 <= each < below for each in value):
        raise CostcalcError(f"{what} must be a list of integers from 0 to {below - 1}")
    found: list[int] = value
    return found


def check_shape(shape: Any, least: int = 1) -> Shape:
    """The shape as a tuple. Raises CostcalcError if it has too many axes, or a size that is out of bounds."""
    if not isinstance(shape, list | tuple) or len(shape) > MOST_AXES:
        raise CostcalcError(f"{shape!r:.60} is not a shape")
    if any(type(size) is not int or not least <= size <= LARGEST for size in shape):
        raise CostcalcError(f"{shape!r:.60} is not a shape: sizes are integers from {least} to 2^40")
    return tuple(shape)


def check_settings(op: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """An op's settings from plain data. Raises CostcalcError unless each has the type in the rule's signature."""
    return of_rule(RULES[op], (), {key: from_plain(value) for key, value in given.items()})[1]


def to_plain(value: Any) -> Any:
    """Convert tuples to lists, and infinity and NaN, which JSON lacks, to a string in an object."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    if isinstance(value, Mapping):
        return {key: to_plain(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [to_plain(each) for each in value]
    return value


def from_plain(value: Any, deep: int = 0) -> Any:
    """The reverse of `to_plain`; lists become tuples. Raises CostcalcError for deep nesting or a large integer."""
    if deep > DEEPEST:
        raise CostcalcError(f"a setting is nested more than {DEEPEST} deep")
    if type(value) is int and abs(value) > LARGEST_SETTING:
        raise CostcalcError("a setting is an integer beyond 2^64")
    if isinstance(value, dict) and value.keys() == {"float"}:
        return float(check(value["float"], str, "a number that is not finite is a text in an object, like 'inf'"))
    if isinstance(value, dict):
        return {key: from_plain(each, deep + 1) for key, each in value.items()}
    return tuple([from_plain(each, deep + 1) for each in value]) if isinstance(value, list) else value
