"""The devices in `tables/devices/`, by name. ONE DEVICE = ONE FILE."""

from __future__ import annotations

import os
import re
from functools import lru_cache

from costcalc.analysis.device import Device, read_device
from costcalc.analysis.published import folder
from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError
from costcalc.spec.near import hinted


@lru_cache
def devices() -> dict[str, Device]:
    """All devices, by the names of their files."""
    files = sorted((folder() / "devices").glob("*.json"))
    return {file.stem: read_device(file) for file in files}


def find(name: str | Device) -> Device:
    """The device of that name, or of that file.

    Case, spaces, dashes and underscores of a name do not matter: ``RTX 4090`` is ``rtx4090``. A name with ``compiled``
    behind it is the device for compiled networks.
    Raises CostcalcError for an unknown name, with all names, and for a file that is not one of a device.
    """
    if isinstance(name, Device):
        return name
    name = arguments.file_name("on", name)
    if name.endswith(".json") or os.sep in name:
        return read_device(name)
    known = {_plain(each): device for key, device in devices().items() for each in (key, device.name, *device.also)}
    plain = _plain(name)
    if plain not in known and plain.endswith("compiled") and plain.removesuffix("compiled") in known:
        return known[plain.removesuffix("compiled")].for_compiled()
    if plain not in known:
        if os.path.isfile(name):
            return read_device(name)
        there = f"there are {', '.join(devices())}, or a file of one"
        raise CostcalcError(hinted(f"unknown device {name!r}", name, devices(), there))
    return known[plain]


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]", "", name.lower())
