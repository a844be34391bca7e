"""torch's aten operations: which op a call is, with its inputs, settings and weights; and which kinds are zero.

Names are those of ATen/native/native_functions.yaml. An operation without a handler (`families`) is of a kind that is
zero by convention (`kinds`), is read through its decomposition (CompositeImplicitAutograd), or is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.convert.torch_reader.aten import families as families  # registers the handlers
from costcalc.convert.torch_reader.aten.handlers import HANDLERS, OpCall
from costcalc.convert.torch_reader.aten.schema import base, by_name


def op_call(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> OpCall | None:
    """The op that a call is, or None."""
    found = HANDLERS.get(base(func))
    if found is None:
        return None
    return found(func, by_name(func, args, kwargs))
