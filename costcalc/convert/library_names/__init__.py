"""Names of the models of four libraries, as data: hints and completions are given without importing them.

A text file per source, a name per line; `docs/library_names.py` writes them.
"""

from __future__ import annotations

from pathlib import Path

from costcalc.spec.near import nearest

SOURCES = {"torchvision": "torchvision", "timm": "timm", "hf": "transformers", "keras": "keras"}
"""What stands before the colon of a MODEL -> its library, and its file here."""


def named(name: str) -> list[str]:
    """The MODELs of the libraries with that name, in any case: ``swin_t`` -> ``torchvision:swin_t``."""
    return [model for model, each in _models().items() if each == name.lower()]


def like(name: str) -> list[str]:
    """Up to three MODELs of the libraries with a name like this one."""
    models = _models()
    near = nearest(name, models.values(), cutoff=0.8)
    return [model for found in near for model, each in models.items() if each == found][:3]


def _models() -> dict[str, str]:
    """Every MODEL -> its name in lower case."""
    return {f"{source}:{each}": each.lower() for source, library in SOURCES.items() for each in names(library)}


def names(library: str) -> list[str]:
    """The names in a library's file."""
    return Path(__file__).with_name(f"{library}.txt").read_text(encoding="utf-8").split()
