"""The rules of all ops, by name, and the checks of their shapes and settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from costcalc.spec import exact
from costcalc.spec.errors import SpecError
from costcalc.spec.exact import ExactArray
from costcalc.spec.facts import Facts
from costcalc.spec.shapes import Shape
from costcalc.spec.signatures import of_rule
from costcalc.spec.sizes import as_size, open_conditions, symbolic
from costcalc.spec.traits import NONE, TRAITS, Traits
from costcalc.spec.truths import Index, Undecided

Rule = Callable[..., Facts]

RULES: dict[str, Rule] = {}
"""Every op's rule by the op's name. A rule called with a node's settings returns the node's facts."""

OF_MANY: set[str] = set()
"""Ops whose rule takes a tuple of shapes instead of one shape."""


def facts_of(op: str, shapes: Sequence[Shape], settings: Mapping[str, Any]) -> Facts:
    """The Facts of an op for inputs of these shapes. Raises SpecError for an unknown op."""
    if op not in RULES:
        raise SpecError(f"unknown op {op!r}")
    _, checked = of_rule(RULES[op], (), settings)
    return RULES[op](tuple(shapes) if op in OF_MANY else shapes[0], **checked)


def register(rule: Rule, traits: Traits = NONE, many: bool = False) -> Rule:
    """Register a function as the rule of the op of the same name. Returns it with checks: see `_checked`."""
    TRAITS[rule.__name__] = traits
    made = RULES[rule.__name__] = _checked(rule, many)
    if many:
        OF_MANY.add(rule.__name__)
    return made


def inside(error: TypeError) -> bool:
    """True if the error was raised inside a registered rule, False if the call's arguments do not fit its signature."""
    here = error.__traceback__ and error.__traceback__.tb_next
    return here is not None and here.tb_next is not None


def _checked(rule: Rule, many: bool) -> Rule:
    """Wrap a rule for sizes of any kind. Facts keep the conditions that symbols leave open.

    Raises SpecError if an element of an array breaks a condition, with the rule's message for that element.
    """

    @wraps(rule)
    def run(x: Any, *args: Any, **kwargs: Any) -> Facts:
        if _plain(x) and _plain(args) and _plain(kwargs.values()):
            return rule(x, *args, **kwargs)
        x = tuple([_sizes(shape) for shape in x]) if many else _sizes(x)
        args, kwargs = _settings(args), {key: _settings(value) for key, value in kwargs.items()}
        try:
            with open_conditions() as found:
                facts = rule(x, *args, **kwargs)
        except Undecided as error:
            for index in error.elements:
                _try(rule, index, x, args, kwargs)
            raise
        if found:
            facts.conditions = tuple(dict.fromkeys(found))
        if any(symbolic(size) for shape in facts.outputs for size in shape):
            facts.outputs = tuple(map(_sizes, facts.outputs))
        return facts

    return run


def _try(rule: Rule, index: Index, x: Any, args: Any, kwargs: Any) -> None:
    """Raises the rule's SpecError for one element, if there is one."""
    try:
        rule(element(x, index), *element(args, index), **element(kwargs, index))
    except SpecError as error:
        raise SpecError(f"{error} (element {', '.join(map(str, index))} of the sizes)") from None


def element(value: Any, index: Index) -> Any:
    """Replace each array of sizes in a value by its element at an index."""
    if type(value) is ExactArray:
        return value.at(index)
    return mapped(value, lambda each: element(each, index))


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """Change each element of a tuple, list or dict; return anything else unchanged."""
    if isinstance(value, Mapping):
        return {key: change(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        made = [change(each) for each in value]
        return value if all(a is b for a, b in zip(made, value, strict=True)) else type(value)(made)
    return value


def _sizes(shape: Shape) -> Shape:
    return tuple([size if type(size) is int else as_size(size) for size in shape])


PLAIN = frozenset({int, float, bool, str, type(None)})


def _plain(values: Any) -> bool:
    """True if these values, also in nested tuples and lists, are only Python numbers and strings."""
    if PLAIN.issuperset(map(type, values)):
        return True
    return all(type(each) in PLAIN or (isinstance(each, tuple | list) and _plain(each)) for each in values)


def _settings(value: Any) -> Any:
    """Settings with numpy integers as ints and numpy arrays as exact arrays."""
    return mapped(value, _settings) if isinstance(value, tuple | list) else exact.number(value)
