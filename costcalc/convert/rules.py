"""Rules that users write: the mult-adds of an op that has none, like ``mylib::scan``."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from costcalc.convert.known_rules import KNOWN
from costcalc.convert.user_code import in_a_line
from costcalc.spec import CostcalcError, Count, SpecError
from costcalc.spec.arguments import as_integer, shown
from costcalc.spec.rules import facts_of

F = TypeVar("F", bound=Callable[..., Any])

RULES: dict[str, Callable[..., Any]] = dict(KNOWN)
"""Rules by the name of the op, without the trailing underscore of an in-place op."""


def rule(name: str, function: Callable[..., Any] | None = None) -> Callable[[F], F]:
    """Make a function the rule of an op without one: it returns the op's mult-adds. A decorator, or called with both.

        @costcalc.rule("mylib::scan")
        def scan(x, state):  # shapes: x (N, L, D), state (D, S)
            n, length, width = x
            return costcalc.product(N=n, L=length, D=width, S=state[-1])

        costcalc.rule("mylib::shuffle", lambda: 0)

    The op is a custom op of torch, one of torch's own that is unknown otherwise (``aten::_fft_r2c``), or an ONNX op by
    its domain (``com.microsoft::QMoE``, ``ai.onnx::DFT``), whose inputs are one argument: ``inputs``, a list.

    The function takes those of the op's arguments that it needs, by name. A tensor is passed as its shape, a list of
    tensors as a list of shapes, anything else unchanged. It returns a Count, or an integer; 0 is zero by
    convention. Shapes of the outputs come from the op itself, which runs on the meta device.

    Raises CostcalcError for a name that an op cannot have, for an op that costcalc counts, and if the op has another
    rule already.
    """
    if not isinstance(name, str) or not re.fullmatch(r"[\w.]+::\w+", name):
        raise CostcalcError(f"costcalc.rule({shown(name)}): give it the name of an op, like 'mylib::scan'")
    if name.startswith("aten::"):
        _check_unknown(name)

    def decorate(found: F) -> F:
        if not callable(found):
            raise CostcalcError(f"costcalc.rule({name!r}) takes a function, not a {type(found).__name__}")
        try:
            inspect.signature(found)
        except (ValueError, TypeError):  # some functions that are written in C
            problem = "has no signature that names its arguments"
            raise CostcalcError(f"costcalc.rule({name!r}): {shown(found)} {problem}") from None
        key = (name[:-1] if name.endswith("_") else name).removeprefix("aten::")
        known = RULES.get(key)
        if known is not None and _home(known) != _home(found):
            raise CostcalcError(f"{name} has a rule already: {'.'.join(map(str, _home(known)[:2]))}")
        RULES[key] = found
        return found

    if function is not None:
        decorate(function)
    return decorate


def terms(name: str, args: Mapping[str, Any]) -> Any:
    """The terms of an op's mult-adds by its rule, as the settings of the op `custom` keep them.

    args  the op's arguments by name, with shapes in place of tensors

    Raises CostcalcError, in one line, if the rule takes other arguments, fails, or does not return a count.
    """
    function = RULES[name]
    parameters = inspect.signature(function).parameters.values()
    given = {key: args[key] for key in args if any(p.name == key for p in parameters)}
    if any(p.kind == p.VAR_KEYWORD for p in parameters):
        given = dict(args)
    missing = [p.name for p in parameters if p.name not in given and p.default is p.empty and p.kind not in (2, 4)]
    if missing:
        known = ", ".join(args) or "no arguments"
        raise CostcalcError(f"the rule of {name} takes {missing[0]!r}, but the op has {known}")
    try:
        returned = function(**given)
    except Exception as error:
        raise CostcalcError(f"the rule of {name} fails: {in_a_line(error)}") from error
    number = as_integer(returned)
    if number is not None:
        returned = Count((("mult-adds",), (number,))) if number else Count()
    if not isinstance(returned, Count):
        raise CostcalcError(f"the rule of {name} returns {shown(returned)}, not a Count or an integer")
    try:
        facts_of("custom", [], {"aten": name, "shapes": (), "terms": returned.terms})
    except SpecError as error:
        raise CostcalcError(f"the rule of {name}: {error}") from error
    return returned.terms


def _check_unknown(name: str) -> None:
    """Raise CostcalcError for an operation of torch's own that does not exist, or is not unknown."""
    from costcalc.convert.torch_reader.aten.unknown import is_unknown  # imports torch

    if not is_unknown(name.removeprefix("aten::").removesuffix("_")):
        problem = "torch has no such op, or costcalc has a rule for it"
        raise CostcalcError(f"costcalc.rule({name!r}): {problem}; only an op whose mult-adds are unknown takes one")


def _home(function: Callable[..., Any]) -> tuple[Any, ...]:
    """Identity of a function by its place in the code: the same if its file, or its notebook cell, is run again."""
    code = getattr(function, "__code__", None)
    line = None if code is None or function.__module__ == "__main__" else code.co_firstlineno
    return function.__module__, getattr(function, "__qualname__", repr(function)), line
