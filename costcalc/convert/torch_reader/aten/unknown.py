"""How torch's own operations are counted, and those of other libraries."""

from __future__ import annotations

from typing import Any

import torch

from costcalc.convert.known_rules import KNOWN
from costcalc.convert.torch_reader.aten import families as families  # registers the handlers
from costcalc.convert.torch_reader.aten.handlers import HANDLERS
from costcalc.convert.torch_reader.aten.kinds import kind
from costcalc.convert.torch_reader.rewrites import REWRITES


def counted_as(name: str) -> str | None:
    """``by a rule``, or the kind of an operation, such as ``unknown``; None if torch has none of that name.

    name  as ``_fft_r2c`` or ``mylib::scan``
    """
    space, _, own = name.rpartition("::")
    library: Any = getattr(torch.ops, space or "aten")
    packet = getattr(library, own, None)
    overloads = [getattr(packet, each) for each in packet.overloads()] if packet is not None else []
    if not overloads:
        return None
    if name in HANDLERS or name in KNOWN or any(func in REWRITES for func in overloads):
        return "by a rule"
    kinds = [kind(func) for func in overloads]
    return next((each for each in kinds if each != "unknown"), "unknown")


def is_unknown(name: str) -> bool:
    """True for the name of an operation of which no overload is read as an op, or is zero by convention."""
    return counted_as(name) == "unknown"
