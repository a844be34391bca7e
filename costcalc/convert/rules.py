"""Rules of a user's own: the mult-adds of an op that torch did not bring, like ``mylib::scan``. No torch here."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from costcalc.convert.user_code import in_a_line
from costcalc.spec import CostcalcError, Count, SpecError
from costcalc.spec.arguments import as_integer, shown
from costcalc.spec.rules import facts_of

F = TypeVar("F", bound=Callable[..., Any])

RULES: dict[str, Callable[..., Any]] = {}
"""By the op's name, without the underscore of one that works in place."""


def rule(name: str, function: Callable[..., Any] | None = None) -> Callable[[F], F]:
    """Make a function, the one below it or the one given, the rule of a custom op: what it costs, in mult-adds.

        @costcalc.rule("mylib::scan")
        def scan(x, state):  # shapes: x (N, L, D), state (D, S)
            n, length, width = x
            return costcalc.product(N=n, L=length, D=width, S=state[-1])

        costcalc.rule("mylib::shuffle", lambda: 0)

    The function names those of the op's own arguments that it needs. A tensor comes as its shape, a list of tensors as
    shapes, anything else as it is. It returns a Count, or an integer; 0 is zero by convention. Shapes of the outputs
    come from the op itself, which runs on the meta device.

    Raises CostcalcError for a name that no op of one's own can have, and where another function is its rule already.
    """
    if not isinstance(name, str) or not re.fullmatch(r"\w+::\w+", name):
        raise CostcalcError(f"costcalc.rule({shown(name)}): give it the name of an op, like 'mylib::scan'")
    if name.startswith("aten::"):
        raise CostcalcError(
            f"costcalc.rule({name!r}): torch's own ops have rules; give one of yours, like 'mylib::scan'"
        )

    def decorate(found: F) -> F:
        if not callable(found):
            raise CostcalcError(f"costcalc.rule({name!r}) takes a function, not a {type(found).__name__}")
        try:
            inspect.signature(found)
        except (ValueError, TypeError):  # some of those that are written in C
            raise CostcalcError(f"costcalc.rule({name!r}): {shown(found)} does not tell its arguments") from None
        key = name[:-1] if name.endswith("_") else name
        there = RULES.get(key)
        if there is not None and _home(there) != _home(found):
            raise CostcalcError(f"{name} has a rule already: {'.'.join(map(str, _home(there)[:2]))}")
        RULES[key] = found
        return found

    if function is not None:
        decorate(function)
    return decorate


def terms(name: str, args: Mapping[str, Any]) -> Any:
    """What the rule of an op says, as the settings of the op `custom` hold it.

    args  the op's arguments by name, with shapes in the place of tensors

    Raises CostcalcError, in one line, where the rule wants other arguments, fails, or returns no count.
    """
    function = RULES[name]
    parameters = inspect.signature(function).parameters.values()
    takes = {key: args[key] for key in args if any(p.name == key for p in parameters)}
    if any(p.kind == p.VAR_KEYWORD for p in parameters):
        takes = dict(args)
    missing = [p.name for p in parameters if p.name not in takes and p.default is p.empty and p.kind not in (2, 4)]
    if missing:
        raise CostcalcError(f"the rule of {name} wants {missing[0]!r}, where the op has {', '.join(args) or 'nothing'}")
    try:
        said = function(**takes)
    except Exception as error:
        raise CostcalcError(f"the rule of {name} fails: {in_a_line(error)}") from error
    number = as_integer(said)
    if number is not None:
        said = Count((("mult-adds",), (number,))) if number else Count()
    if not isinstance(said, Count):
        raise CostcalcError(f"the rule of {name} returns {shown(said)}, not a Count or an integer")
    try:
        facts_of("custom", [], {"aten": name, "shapes": (), "terms": said.terms})
    except SpecError as error:
        raise CostcalcError(f"the rule of {name}: {error}") from error
    return said.terms


def _home(function: Callable[..., Any]) -> tuple[Any, ...]:
    """Where a function is written: a file that is read again, or a cell that is run again, gives the same one."""
    code = getattr(function, "__code__", None)
    line = None if code is None or function.__module__ == "__main__" else code.co_firstlineno
    return function.__module__, getattr(function, "__qualname__", repr(function)), line
