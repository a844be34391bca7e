"""Rules of counting tools, guarded against nodes that they are not made for.

A JSON file may name any torch operation for any layer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from costcalc.spec.count import Count
from costcalc.spec.errors import SpecError
from costcalc.spec.node import BlockCall, Node
from costcalc.spec.truths import Undecided

F = TypeVar("F", bound=Callable[..., "Count | None"])


def guarded(tool: str, rule: F) -> F:
    """Wrap a tool's rule for nodes, or for calls of modules, which expects them as torch makes them.

    The wrapped rule raises SpecError, naming the layer, if the rule fails or its count is not an integer.
    """

    @wraps(rule)
    def count(of: Node | BlockCall, *rest: Any) -> Count | None:
        try:
            found = rule(of, *rest)
            if found is None or not isinstance(found.value, float):
                return found
        except Undecided:  # of sizes that are arrays or symbols
            raise
        except (SpecError, ArithmeticError, AttributeError, LookupError, StopIteration, TypeError, ValueError) as error:
            raise _misfit(tool, of) from error
        raise _misfit(tool, of)

    return cast("F", count)


def _misfit(tool: str, of: Node | BlockCall) -> SpecError:
    name = of.name if isinstance(of, Node) else of.path
    return SpecError(
        f"layer {name!r} has inputs, weights or settings that {tool} cannot count: expected those of the torch "
        "operation that the layer names"
    )
