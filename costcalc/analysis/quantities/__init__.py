"""THE QUANTITIES THAT A TABLE CAN SHOW. ONE QUANTITY = ONE FILE, found by its name.

A file's `QUANTITY` has the file's name as its key. A convention is a quantity too: see `costcalc.conventions`.
"""

from __future__ import annotations

import os
from importlib import import_module

from costcalc.analysis.quantity import Quantity
from costcalc.spec.errors import CostcalcError

BASIC = ("params", "mult_adds", "activations")
"""Keys of the default quantities of a Cost, which its JSON always has."""


def keys() -> list[str]:
    """Keys of all quantities: the basic ones first, then by name."""
    files = [file for folder in __path__ for file in os.listdir(folder) if file.endswith(".py")]
    return [*BASIC, *sorted({file.removesuffix(".py") for file in files} - {"__init__", *BASIC})]


def of_a_graph() -> list[str]:
    """Keys of the quantities that need neither a device nor a measurement."""
    return [key for key in keys() if not find(key).needs]


def find(key: str) -> Quantity:
    """The quantity with that key.

    Raises CostcalcError, with all keys, for an unknown one.
    """
    if key not in BASIC and key not in keys():
        raise CostcalcError(f"unknown quantity {key!r}; there are {', '.join(keys())}")
    quantity: Quantity = import_module(f"{__name__}.{key}").QUANTITY
    return quantity
