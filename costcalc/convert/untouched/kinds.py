"""Which snapshots to take of an object, by its type."""

from __future__ import annotations

import functools
import random
from array import array
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from functools import partial
from types import CellType, CodeType, FrameType, FunctionType, MemberDescriptorType, ModuleType, TracebackType
from typing import Any

import numpy as np
import torch

from costcalc.convert.untouched import contents, variables
from costcalc.convert.untouched.contents import container, state
from costcalc.convert.untouched.variables import Taken

Snapshot = Callable[[Any], Taken]

ATOMS = (
    *(bool, int, float, complex, str, bytes, type(None), type(...), torch.dtype, torch.device, torch.Size),
    *(ModuleType, CodeType, FrameType, TracebackType),
)
"""Types of objects that cannot change, or are not part of a model."""

SYNCHRONISED = {"asyncio", "concurrent", "logging", "multiprocessing", "queue", "socket", "subprocess", "threading"}
"""Packages whose instances other threads or processes may change at the same time."""

KINDS: dict[Any, Snapshot] = {
    type: variables.of_class,
    FunctionType: variables.of_function,
    CellType: variables.enclosed,
    functools._lru_cache_wrapper: contents.lru_cache,
    torch.Tensor: contents.tensor,
    torch._C.ScriptModule: contents.scripted,
    OrderedDict: container(
        OrderedDict,
        lambda d: dict(OrderedDict.items(d)),
        lambda d, before: [OrderedDict.__setitem__(d, key, value) for key, value in before.items()],
    ),
    dict: container(dict, dict.copy, dict.update),
    list: container(list, list.copy, list.extend),
    set: container(set, set.copy, set.update),
    deque: container(deque, lambda d: [*deque.__iter__(d)], deque.extend),
    bytearray: contents.elements,
    array: contents.elements,
    np.ndarray: contents.array,
    random.SystemRandom: contents.referents,  # the system's randomness has no state
    random.Random: state(random.Random.getstate, random.Random.setstate),
    torch.Generator: state(torch.Generator.get_state, torch.Generator.set_state),
    np.random.RandomState: state(lambda r: r.get_state(legacy=False), lambda r, before: r.set_state(before)),
    np.random.BitGenerator: state(lambda b: b.state, lambda b, before: setattr(b, "state", before)),
}
"""By type, the first that an object is an instance of. Of any other only the objects that it refers to are visited."""


def snapshots(kind: type) -> Iterator[Snapshot]:
    """The snapshots to take of an object of this type: of its contents, its attributes and its slots."""
    if issubclass(kind, ATOMS) or any(str(base.__module__).partition(".")[0] in SYNCHRONISED for base in kind.__mro__):
        return
    yield next((snapshot for base, snapshot in KINDS.items() if issubclass(kind, base)), contents.referents)
    if issubclass(kind, type):
        return
    if kind.__dictoffset__ and kind is not OrderedDict:
        yield variables.attributes
    slots = [vars(base).values() for base in kind.__mro__ if "__slots__" in vars(base)]
    members = [each for values in slots for each in values if isinstance(each, MemberDescriptorType)]
    if members:
        yield partial(variables.slots, members)
