"""Which of torch's own operations have unknown mult-adds."""

from __future__ import annotations

import torch

from costcalc.convert.torch_reader.aten import families as families  # registers the handlers
from costcalc.convert.torch_reader.aten.handlers import HANDLERS
from costcalc.convert.torch_reader.aten.kinds import kind
from costcalc.convert.torch_reader.rewrites import REWRITES


def is_unknown(name: str) -> bool:
    """True for the name of an operation of which no overload is read as an op, or is zero by convention."""
    packet = getattr(torch.ops.aten, name, None)
    overloads = [getattr(packet, each) for each in packet.overloads()] if packet is not None else []
    known = name in HANDLERS or any(func in REWRITES or kind(func) != "unknown" for func in overloads)
    return bool(overloads) and not known
