"""Arguments of a rule, checked by the types in its signature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from costcalc.spec import arguments


def of_rule(
    rule: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Check the arguments of a rule after its shapes, by the types in the rule's signature."""
    if not args and not kwargs:
        return args, {}
    names, checks = _signature(getattr(rule, "__wrapped__", rule))
    by_place = [checks[key](key, each) if key in checks else each for key, each in zip(names, args, strict=False)]
    by_name = {key: checks[key](key, each) if key in checks else each for key, each in kwargs.items()}
    return (*by_place, *args[len(names) :]), by_name


@cache
def _signature(rule: Callable[..., Any]) -> tuple[tuple[str, ...], dict[str, arguments.Check]]:
    """Names of a rule's positional arguments after its shapes, and the checks from its signature."""
    code: Any = getattr(rule, "__code__", None)
    names = code.co_varnames[1 : code.co_argcount] if code else ()
    checks = {}
    for key, kind in getattr(rule, "__annotations__", {}).items():
        word, none, _ = (kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))).partition(" | None")
        if word in KINDS:
            checks[key] = _or_none(KINDS[word]) if none else KINDS[word]
    return names, checks


def _or_none(check: arguments.Check) -> arguments.Check:
    return lambda name, value: None if value is None else check(name, value)


KINDS: dict[str, arguments.Check] = {
    "bool": arguments.flag,
    "float": arguments.number,
    "int": lambda name, value: arguments.size(name, value, None),
    "str": arguments.text,
    "Sequence[int]": arguments.integers,
    "Sequence[Size]": lambda name, value: arguments.integers(name, value, check=arguments.size),
    "Sequence[Sequence[int]]": lambda name, value: tuple(
        [arguments.integers(name, each) for each in arguments.listed(name, value, "a list of pairs of integers")]
    ),
}
"""Checks by type name in a rule's signature. The rule itself checks other types."""
