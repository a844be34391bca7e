"""HOW OTHERS COUNT. ONE COUNTING TOOL, or ONE PAPER'S FORMULA = ONE FILE, in tools/ or papers/.

A file defines a `CONVENTION` of the file's name; dropping a file in is all there is to do.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from costcalc.conventions.convention import Convention
from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError
from costcalc.spec.near import hinted

FOLDERS = ("tools", "papers")


def names() -> list[str]:
    """The names of all conventions, sorted."""
    return sorted(module_names())


def counting() -> list[str]:
    """The names of those that count operations, sorted."""
    return [name for name in names() if not find(name).only_params]


def find(name: str) -> Convention:
    """The convention of this name.

    Raises CostcalcError for an unknown name, with the known ones.
    """
    files = module_names()
    if arguments.text("convention", name) not in files:
        raise CostcalcError(hinted(f"unknown convention {name!r}", name, files, f"there are {', '.join(names())}"))
    convention: Convention = import_module(files[name]).CONVENTION
    return convention


def module_names() -> dict[str, str]:
    """Name of a convention -> full name of its Python module."""
    files = [file for folder in FOLDERS for file in (Path(__file__).parent / folder).glob("*.py")]
    return {file.stem: f"{__name__}.{file.parent.name}.{file.stem}" for file in files if file.stem != "__init__"}
