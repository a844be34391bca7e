"""Rules of counting tools on nodes that do not fit them: a JSON file may name any torch operation for any layer."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from costcalc.spec.count import Count
from costcalc.spec.errors import SpecError
from costcalc.spec.graph import BlockCall, Node
from costcalc.spec.truths import Undecided

F = TypeVar("F", bound=Callable[..., "Count | None"])


def fitting(tool: str, rule: F) -> F:
    """A tool's rule for nodes, or for calls of modules, which trusts that they are as torch makes them.

    Raises SpecError, naming the layer, if the rule fails on one, or counts no whole number.
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
            raise _unfit(tool, of) from error
        raise _unfit(tool, of)

    return cast("F", count)


def _unfit(tool: str, of: Node | BlockCall) -> SpecError:
    name = of.name if isinstance(of, Node) else of.path
    return SpecError(
        f"layer {name!r} has inputs, weights or settings that {tool} cannot count: expected those of the torch "
        "operation that the layer names"
    )
