"""NETWORKS, written in the language of `spec`. ONE FAMILY = ONE FILE, found by its name.

A network's name begins with its file's name (`vgg16` is in `vgg.py`), so that it is found without importing
the others.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from costcalc.spec import arguments
from costcalc.spec.architecture import Network
from costcalc.spec.errors import CostcalcError
from costcalc.spec.near import hinted, nearest


def families() -> list[str]:
    """Names of the zoo's files, which are those of the families."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "__init__")


def networks(family: str) -> list[Network]:
    """The networks of one file, in its order. Raises CostcalcError for an unknown family."""
    arguments.one_of("family", family, families())
    module = import_module(f"{__name__}.{family}")
    return [
        network
        for value in vars(module).values()
        if getattr(value, "__module__", "") == module.__name__
        for network in getattr(value, "networks", ())
    ]


def all_networks() -> list[Network]:
    """Every network, by family."""
    return [network for family in families() for network in networks(family)]


def find(name: str) -> Network:
    """The network with that name.

    Raises CostcalcError, with the nearest names, for an unknown one.
    """
    arguments.text("network", name)
    for family in sorted(families(), key=len, reverse=True):
        if name.startswith(family):
            for network in networks(family):
                if network.name == name:
                    return network
    there = "'costcalc list' shows the networks there are"
    known = [network.name for network in all_networks()]
    raise CostcalcError(hinted(f"unknown network {name!r}", name, known, most=3, cutoff=0.5, otherwise=there))


def names_like(name: str) -> list[str]:
    """Up to three networks with a name like this one."""
    return nearest(name, [network.name for network in all_networks()], cutoff=0.5)
