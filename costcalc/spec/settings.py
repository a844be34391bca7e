"""Settings of a family that a caller may change: those of its networks that are plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import Any

from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError
from costcalc.spec.near import hinted
from costcalc.spec.request import OPTIONS

DATA = (bool, int, float, str, tuple, list, Mapping)


def settings_of(function: Callable[..., Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a network that a caller may change, with its own values; not those that are functions.

    own  values that the network gives to the function; another setting has the default of the function
    """
    keywords = [each for each in signature(function).parameters.values() if each.kind is Parameter.KEYWORD_ONLY]
    values = {each.name: own.get(each.name, each.default) for each in keywords}
    return {name: value for name, value in values.items() if isinstance(value, DATA)}


def changed(network: str, settings: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Check settings that a caller gives, against the network's own; return them as the function takes them.

    A mapping needs only the keys that change. Raises CostcalcError for a setting that the network does not have, and
    for a value of another type.
    """
    made = {}
    for name, value in given.items():
        if name not in settings:
            there = f"it has {', '.join(settings) or 'none'}"
            raise CostcalcError(hinted(f"{network} has no setting {name!r}", name, [*settings, *OPTIONS], there))
        made[name] = _like(f"{network}: {name}", settings[name], value)
    return made


def _like(name: str, own: Any, value: Any) -> Any:
    """The value, if it has the type of the network's own."""
    if isinstance(own, bool):
        return arguments.flag(name, value)
    if isinstance(own, int):
        return arguments.size(name, value, None)
    if isinstance(own, float):
        return arguments.number(name, value)
    if isinstance(own, str):
        return arguments.text(name, str(value) if type(value) is int else value)  # digits, as they are typed
    if isinstance(own, Mapping):
        given = arguments.mapping(name, value, "a dict of settings by name")
        return {**own, **changed(name, own, given)}
    return tuple(arguments.listed(name, value, f"a list, like {own!r}"))
