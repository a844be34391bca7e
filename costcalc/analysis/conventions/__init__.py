"""ONE COUNTING TOOL = ONE FILE: its rules, op by op, each with the function of the tool's source it mirrors.

A file's `CONVENTION` bears the file's name; dropping a file in is all there is to do.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from costcalc.analysis.conventions.convention import Convention
from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError


def names() -> list[str]:
    """The conventions there are."""
    files = Path(__file__).parent.glob("*.py")
    return sorted(path.stem for path in files if path.stem not in ("__init__", "convention"))


def find(name: str) -> Convention:
    """The convention of that name.

    Raises CostcalcError, with the names there are, for any other.
    """
    if arguments.text("convention", name) not in names():
        raise CostcalcError(f"unknown convention {name!r}; there are {', '.join(names())}")
    convention: Convention = import_module(f"{__name__}.{name}").CONVENTION
    return convention
