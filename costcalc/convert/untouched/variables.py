"""Snapshots of variables: attributes of objects and classes, slots, enclosed and global variables of functions."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from types import CellType, CodeType, FunctionType, MemberDescriptorType, ModuleType
from typing import Any

import numpy as np
import torch

PutBack = Callable[[], None]
"""Restores one object if it has changed."""

Taken = tuple[PutBack | None, Iterable[Any]]
"""What puts an object back, and the objects that it refers to."""

FOLDERS = tuple(os.path.dirname(str(module.__file__)) + os.sep for module in (os, np, torch, sys.modules["costcalc"]))
"""Where Python is, and what costcalc itself works with."""


def is_installed(name: Any) -> bool:
    """True for the name of a module of Python's, or of an installed package: its state is not a model's."""
    return name in sys.builtin_module_names or _is_installed(getattr(sys.modules.get(name), "__file__", None))


def _is_installed(file: Any) -> bool:
    return str(file).startswith(FOLDERS) or bool({"site-packages", "dist-packages"} & {*Path(str(file)).parts})


def variables(
    read: Callable[[], dict[Any, Any]], write: Callable[[Any, Any], Any], delete: Callable[[Any], Any]
) -> tuple[PutBack, Iterable[Any]]:
    """The snapshot of variables that `read` returns by name. It leaves out one that is unset."""
    before = read()

    def put_back() -> None:
        now = read()
        for name in now.keys() - before.keys():
            delete(name)
        for name, value in before.items():
            if name not in now or now[name] is not value:
                write(name, value)

    return put_back, before.values()


def attributes(each: Any) -> Taken:
    """The class of an object, and the dict of its attributes; the dict's items have a snapshot of their own."""
    kind, names = type(each), object.__getattribute__(each, "__dict__")
    return partial(_put_attributes, each, kind, names), (kind, names)


def _put_attributes(each: Any, kind: type, names: dict[str, Any]) -> None:
    if type(each) is not kind:
        object.__setattr__(each, "__class__", kind)
    if object.__getattribute__(each, "__dict__") is not names:
        object.__setattr__(each, "__dict__", names)


def slots(members: Iterable[MemberDescriptorType], each: Any) -> Taken:
    """Attributes of an object of a class with ``__slots__``."""

    return variables(
        lambda: {member: member.__get__(each) for member in members if _is_set(member, each)},
        lambda member, value: member.__set__(each, value),
        lambda member: member.__delete__(each),
    )


def _is_set(member: MemberDescriptorType, each: Any) -> bool:
    try:
        member.__get__(each)
    except AttributeError:
        return False
    return True


def enclosed(each: CellType) -> Taken:
    """A variable that a function shares with the one around it."""

    def read() -> dict[str, Any]:
        try:
            return {"cell_contents": each.cell_contents}
        except ValueError:
            return {}

    return variables(read, lambda name, value: setattr(each, name, value), lambda name: delattr(each, name))


def of_class(each: type) -> Taken:
    """Attributes of a class, apart from those that Python itself sets."""
    if is_installed(str(each.__module__)):
        return None, ()
    put_back, _ = variables(
        lambda: {name: value for name, value in vars(each).items() if not name.startswith("__")},
        lambda name, value: type.__setattr__(each, name, value),
        lambda name: type.__delattr__(each, name),
    )
    return put_back, (*vars(each).values(), *each.__bases__)


def of_function(each: FunctionType) -> Taken:
    """Defaults and enclosed variables; and the global variables that a function names, in its module and others."""
    names, spaces, puts = _names(each.__code__), [each.__globals__], []
    package = each.__globals__.get("__package__")
    imported = [sys.modules.get(module) for name in names for module in (name, f"{package}.{name}")]
    inside: list[Any] = [each.__closure__, each.__defaults__, each.__kwdefaults__]
    for space in spaces:
        if _is_installed(space.get("__file__")):
            continue
        put_back, values = _globals(space, names)
        puts.append(put_back)
        inside += values
        modules = [value for value in (*values, *imported) if isinstance(value, ModuleType)]
        spaces += [vars(value) for value in modules if not any(vars(value) is space for space in spaces)]

    def put_all_back() -> None:
        for put_back in puts:
            put_back()

    return put_all_back, inside


def _globals(space: dict[str, Any], names: Iterable[str]) -> tuple[PutBack, Iterable[Any]]:
    return variables(lambda: {n: space[n] for n in names if n in space}, space.__setitem__, space.__delitem__)


def _names(code: CodeType) -> frozenset[str]:
    """Names of globals and attributes in a function's code, and in that of functions inside."""
    inner = [_names(each) for each in code.co_consts if isinstance(each, CodeType)]
    return frozenset(code.co_names).union(*inner)
