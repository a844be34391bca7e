"""The modules of a model that was read <-> plain data, as JSON keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.convert.plain import LARGEST, check, check_name
from costcalc.spec.errors import CostcalcError
from costcalc.spec.held_modules import NOT_READ, HeldModule, HeldModules
from costcalc.spec.shapes import Shape

DEEPEST = 200
"""Modules in modules."""


def held_to_data(held: HeldModules) -> dict[str, Any]:
    """A list [path, class, numbers of its children, names of its parameters, masked ones, scripted] per module, and the
    numbers of those that were called, in order; nothing for a network that was not read."""
    if not held.modules:
        return {}
    modules = [[m.path, m.kind, dict(m.children), dict(m.weights), dict(m.masked), m.scripted] for m in held.modules]
    return {"modules": modules, "called": list(held.called)}


def held_from_data(data: Mapping[str, Any], weights: Mapping[str, Shape]) -> HeldModules:
    """The reverse. Raises CostcalcError for modules in a circle, nested too deep, or of unknown parameters."""
    if "modules" not in data:
        return NOT_READ
    entries = check(data["modules"], list, "'modules' of the network is a list")
    depths, modules, paths = [0] * len(entries), [], set[str]()
    for number, entry in enumerate(entries):
        where = f"module {number} of the network"
        check(entry, list, f"{where} is [path, class, children, weights, masked, scripted]", length=6)
        path, kind, children, named, masked, scripted = entry
        check_name(path, f"{where}: its path", least=0)
        if path in paths or (path == "") != (number == 0):
            raise CostcalcError(f"{where}: expected a path of its own, which is empty for the first alone")
        paths.add(path)
        for key, child in check(children, dict, f"{where}: children is an object").items():
            check_name(key, f"{where}: a child's name", least=0)
            if type(child) is not int or not number < child < len(entries):
                raise CostcalcError(f"{where}: expected children that are listed after it")
            depths[child] = max(depths[child], depths[number] + 1)
        if depths[number] > DEEPEST:
            raise CostcalcError(f"modules of the network are nested more than {DEEPEST} deep")
        for key, name in check(named, dict, f"{where}: weights is an object").items():
            check_name(key, f"{where}: a weight's name")
            if type(name) is not str or name not in weights:
                raise CostcalcError(f"{where}: {name!r:.60} is not a weight of the network")
        for count in check(masked, dict, f"{where}: masked is an object").values():
            if type(count) is not int or not 0 <= count <= LARGEST:
                raise CostcalcError(f"{where}: expected numbers of elements that a mask leaves")
        check(scripted, bool, f"{where} is scripted, or not: true or false")
        modules.append(
            HeldModule(path, check_name(kind, f"{where}: its class", least=0), children, named, masked, scripted)
        )
    called = check(data.get("called", []), list, "'called' of the network is a list")
    if any(type(number) is not int or not 0 <= number < len(modules) for number in called):
        raise CostcalcError("'called' of the network: expected numbers of its modules")
    return HeldModules(tuple(modules), tuple(called))
