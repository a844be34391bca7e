"""HOW OTHERS COUNT. ONE COUNTING TOOL, or ONE PAPER'S FORMULA = ONE FILE, in tools/ or papers/.

A file's `CONVENTION` bears the file's name; dropping a file in is all there is to do.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from costcalc.conventions.convention import Convention
from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError

PLACES = ("tools", "papers")


def names() -> list[str]:
    """The conventions there are."""
    return sorted(homes())


def find(name: str) -> Convention:
    """The convention of that name.

    Raises CostcalcError, with the names there are, for any other.
    """
    files = homes()
    if arguments.text("convention", name) not in files:
        raise CostcalcError(f"unknown convention {name!r}; there are {', '.join(names())}")
    convention: Convention = import_module(files[name]).CONVENTION
    return convention


def homes() -> dict[str, str]:
    """The Python module that each convention is written in, by its name."""
    files = [file for place in PLACES for file in (Path(__file__).parent / place).glob("*.py")]
    return {file.stem: f"{__name__}.{file.parent.name}.{file.stem}" for file in files if file.stem != "__init__"}
