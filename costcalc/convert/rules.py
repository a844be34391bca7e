"""Rules that users write: the mult-adds of an op, a module or a function of autograd, like ``mylib::scan``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from costcalc.convert.known_rules import KNOWN
from costcalc.convert.rule_subjects import Subject, kind_of, label, subject
from costcalc.convert.user_code import in_a_line
from costcalc.spec import CostcalcError, Count, Facts, SpecError
from costcalc.spec.arguments import as_integer, shown
from costcalc.spec.rules import facts_of
from costcalc.spec.shapes import Shape

F = TypeVar("F", bound=Callable[..., Any])

RULES: dict[Subject, Callable[..., Any]] = dict(KNOWN.items())
"""Rules by the name of the op, without the trailing underscore of an in-place op, or by the class."""


class Given(NamedTuple):
    """What a rule gives for one call.

    settings  of the op `custom`: terms of the Count, and what the rule is for
    outputs   shapes of the outputs; None if the call itself has to run to tell them
    """

    settings: Mapping[str, Any]
    outputs: tuple[Shape, ...] | None


def rule(of: Any, function: Callable[..., Any] | None = None) -> Callable[[F], F]:
    """Make a function the rule of an op without one, or of a class: it returns the mult-adds of one call.

    A decorator, or called with both.

        @costcalc.rule("mylib::scan")
        def scan(x, state):  # shapes: x (N, L, D), state (D, S)
            n, length, width = x
            return costcalc.product(N=n, L=length, D=width, S=state[-1])

        @costcalc.rule(Mixer)  # a subclass of torch.nn.Module, or of torch.autograd.Function
        def mixer(module, x):
            return costcalc.product(N=x[0], L=x[1], D=module.width)

        costcalc.rule("mylib::shuffle", lambda: 0)

    An op is a custom op of torch, one of torch's own that is unknown otherwise (``aten::linalg_qr``), or an ONNX op by
    its domain (``com.microsoft::QMoE``, ``ai.onnx::Det``), whose inputs are one argument: ``inputs``, a list. The rule
    of a class is not that of its subclasses.

    The function takes those of the op's arguments, or of the forward pass, that it needs, by name; ``module`` is the
    module. A tensor is passed as its shape, a list of tensors as a list of shapes, anything else unchanged. It returns
    a Count, or an integer; 0 is zero by convention. Shapes of the outputs come from the op, or the forward pass, which
    runs on the meta device. One of a class that cannot run there does not run if its rule returns
    ``Facts(outputs=shapes, macs=count)``.

    Raises CostcalcError for anything else, for what costcalc counts by itself, and if there is another rule already.
    """
    key, name = subject(of)

    def decorate(found: F) -> F:
        if not callable(found):
            raise CostcalcError(f"costcalc.rule({name}) takes a function, not a {type(found).__name__}")
        try:
            inspect.signature(found)
        except (ValueError, TypeError):  # some functions that are written in C
            problem = "has no signature that names its arguments"
            raise CostcalcError(f"costcalc.rule({name}): {shown(found)} {problem}") from None
        known = RULES.get(key)
        if known is not None and _home(known) != _home(found):
            raise CostcalcError(f"{name} has a rule already: {'.'.join(map(str, _home(known)[:2]))}")
        RULES[key] = found
        return found

    if function is not None:
        decorate(function)
    return decorate


def given(key: Subject, args: Mapping[str, Any]) -> Given:
    """What the rule of an op or a class gives for a call.

    args  arguments by name, with shapes in place of tensors

    Raises CostcalcError, in one line, if the rule takes other arguments, fails, or does not return a count.
    """
    function, name, of = RULES[key], label(key), kind_of(key)
    parameters = inspect.signature(function).parameters.values()
    taken = {name: args[name] for name in args if any(p.name == name for p in parameters)}
    if any(p.kind == p.VAR_KEYWORD for p in parameters):
        taken = dict(args)
    missing = [p.name for p in parameters if p.name not in taken and p.default is p.empty and p.kind not in (2, 4)]
    if missing:
        known = ", ".join(args) or "no arguments"
        raise CostcalcError(f"the rule of {name} takes {missing[0]!r}, but the {of} has {known}")
    try:
        returned: Any = function(**taken)
    except Exception as error:
        raise CostcalcError(f"the rule of {name} fails: {in_a_line(error)}") from error
    outputs = None
    if isinstance(returned, Facts) and of != "op":
        returned, outputs = returned.macs, _sizes(name, returned.outputs)
    number = as_integer(returned)
    if number is not None:
        returned = Count((("mult-adds",), (number,))) if number else Count()
    if not isinstance(returned, Count):
        raise CostcalcError(f"the rule of {name} returns {shown(returned)}, not a Count or an integer")
    settings = {"terms": returned.terms, **({} if key in KNOWN and function is KNOWN[str(key)] else {"rule_of": of})}
    try:
        facts_of("custom", [], {"aten": name, "shapes": outputs or (), **settings})
    except SpecError as error:
        raise CostcalcError(f"the rule of {name}: {error}") from error
    return Given(settings, outputs)


def _sizes(name: str, outputs: Any) -> tuple[Shape, ...]:
    """Shapes of outputs that a rule gives, as integers."""
    right = isinstance(outputs, list | tuple) and all(isinstance(shape, list | tuple) for shape in outputs)
    shapes = tuple(tuple(map(as_integer, shape)) for shape in outputs) if right else ()
    if not shapes or any(size is None or size < 0 for shape in shapes for size in shape):
        raise CostcalcError(f"the rule of {name} returns outputs={shown(outputs)}, not a list of shapes")
    return shapes


def _home(function: Callable[..., Any]) -> tuple[Any, ...]:
    """Identity of a function by its place in the code: the same if its file, or its notebook cell, is run again."""
    code = getattr(function, "__code__", None)
    line = None if code is None or function.__module__ == "__main__" else code.co_firstlineno
    return function.__module__, getattr(function, "__qualname__", repr(function)), line
