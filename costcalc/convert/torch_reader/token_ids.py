"""Token ids: integers that look up rows of an embedding."""

from __future__ import annotations

import torch

from costcalc.convert.torch_reader.builder import GraphBuilder
from costcalc.convert.torch_reader.constants import Constants
from costcalc.spec import CostcalcError


class NeedsIds(Exception):
    """An input of the network, by its number, looks up an embedding: it must hold integers."""


def looks_up(builder: GraphBuilder, constants: Constants, x: torch.Tensor, rows: int) -> bool:
    """True if `x` holds integers, which look up one of these rows.

    Raises NeedsIds if `x` is a floating-point input of the network, and CostcalcError for positions, or other numbers
    of the model's own, beyond the last row.
    """
    if x.dtype.is_floating_point:
        found = builder.find(x)
        while found is not None and found.node is not None:
            found = found.node.inputs[0] if found.node.inputs else None
        if found is not None and not found.integer:
            raise NeedsIds(found.index)
        return False
    numbers = constants.numbers(x)
    if numbers is not None and numbers.numel() and int(numbers.max()) >= rows:
        row = int(numbers.max())
        raise CostcalcError(f"row {row:,} is looked up in an embedding of {rows:,}: the input is too long")
    return True
