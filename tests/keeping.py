"""Objects that a model holds, and ways to keep a tensor in them."""

import collections
import dataclasses
import functools
import types
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class OwnDict(dict[str, Any]):
    def update(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError("not this one")


class OwnList(list[Any]):
    def __iter__(self) -> Any:
        raise TypeError("not this one")


class Holder:
    found: Any = None


class Slotted:
    __slots__ = ("found",)


@dataclasses.dataclass
class Data:
    found: Any = None
    inside: list[Any] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class SlottedData:
    found: Any = None


@dataclasses.dataclass(frozen=True)
class Frozen:
    inside: dict[str, Any] = dataclasses.field(default_factory=dict)


class Pair(NamedTuple):
    first: list[Any]
    second: dict[str, Any]


def in_a_circle() -> Holder:
    a, b = Holder(), Holder()
    a.other, b.other = b, a  # type: ignore[attr-defined]
    return a


def closure() -> tuple[Callable[[Any], None], Callable[[], Any]]:
    found = None

    def put(x: Any) -> None:
        nonlocal found
        found = x

    return put, lambda: found


def defaults(x: Any = None, kept: list[Any] = []) -> Any:  # noqa: B006
    """With an argument, keep it; without, what is kept."""
    if x is not None:
        kept.append(x)
    return kept[0] if kept else None


class Classy:
    found: Any = None


TABLE: dict[str, Any] = {}
FOUND: Any = None
LIBRARY = types.ModuleType("library")
LIBRARY.TABLE = {}  # type: ignore[attr-defined]


def put_global(kept: Any, x: Any) -> None:
    global FOUND
    FOUND = x


def update(kept: Any, x: Any) -> None:
    kept.update(x=x)


def item(kept: Any) -> Any:
    return kept.get("x")


def assign(kept: Any, x: Any) -> None:
    kept.found = x


def attribute(kept: Any) -> Any:
    return getattr(kept, "found", None)


def first(items: Any) -> Any:
    """The first of these items, if there is one."""
    return next(iter(items), None)


Case = tuple[Callable[[], Any], Callable[[Any, Any], Any], Callable[[Any], Any]]
"""Makes an object, which a model has; keeps a tensor in it, or elsewhere; finds the tensor."""

KEPT: dict[str, Case] = {
    "a dict": (dict, update, item),
    "a dict in a list in a dict": (lambda: {"a": [{}]}, lambda k, x: update(k["a"][0], x), lambda k: item(k["a"][0])),
    "a list in a tuple in a list": (lambda: [([],)], lambda k, x: k[0][0].append(x), lambda k: first(k[0][0])),
    "a deque": (lambda: collections.deque(maxlen=2), lambda k, x: k.extend([x, x, x]), first),
    "a defaultdict": (
        lambda: collections.defaultdict(list),
        lambda k, x: k["x"].append(x),
        lambda k: first(k.get("x", ())),
    ),
    "an OrderedDict": (
        lambda: collections.OrderedDict(a=None, b=1),
        lambda k, x: (update(k, x), k.move_to_end("x", last=False)),
        lambda k: first(k.values()),
    ),
    "a ChainMap": (lambda: collections.ChainMap({}), update, item),
    "a UserDict": (collections.UserDict, update, item),
    "a set": (set, lambda k, x: k.add(x), first),
    "a set in a frozenset's list": (lambda: [frozenset(), set()], lambda k, x: k[1].add(x), lambda k: first(k[1])),
    "a subclass of dict": (OwnDict, lambda k, x: k.__setitem__("x", x), item),
    "an attribute of a dict": (OwnDict, assign, attribute),
    "a subclass of list": (OwnList, lambda k, x: k.append(x), lambda k: k[0] if len(k) else None),
    "a plain object": (Holder, assign, attribute),
    "objects in a circle": (in_a_circle, lambda k, x: assign(k.other, x), lambda k: attribute(k.other)),
    "a namespace": (types.SimpleNamespace, assign, attribute),
    "slots": (Slotted, assign, attribute),
    "a dataclass": (Data, assign, attribute),
    "a list in a dataclass": (Data, lambda k, x: k.inside.append(x), lambda k: first(k.inside)),
    "a dataclass with slots": (SlottedData, assign, attribute),
    "a frozen dataclass": (Frozen, lambda k, x: update(k.inside, x), lambda k: item(k.inside)),
    "a namedtuple": (lambda: Pair([], {}), lambda k, x: update(k.second, x), lambda k: item(k.second)),
    "a key of a dict": (lambda: {Holder(): 1}, lambda k, x: assign(first(k), x), lambda k: attribute(first(k))),
    "by a weak key": (weakref.WeakKeyDictionary, lambda k, x: k.__setitem__(Holder, x), lambda k: k.get(Holder)),
    "a new __dict__": (Holder, lambda k, x: setattr(k, "__dict__", {"found": x}), attribute),
    "another class": (Holder, lambda k, x: setattr(k, "__class__", type("Other", (Holder,), {"found": x})), attribute),
    "an array of objects": (lambda: np.array([None]), lambda k, x: k.__setitem__(0, x), lambda k: k[0]),
    "a list in an array": (lambda: np.array([[], 1], object), lambda k, x: k[0].append(x), lambda k: first(k[0])),
    "an enclosed variable": (closure, lambda k, x: k[0](x), lambda k: k[1]()),
    "in a partial": (lambda: functools.partial(max, []), lambda k, x: k.args[0].append(x), lambda k: first(k.args[0])),
    "a default": (lambda: defaults, lambda k, x: k(x), lambda k: k()),
    "an attribute of a function": (lambda: lambda: None, assign, attribute),
    "an attribute of a class": (Classy, lambda k, x: assign(Classy, x), attribute),
    "a new attribute of a class": (
        Classy,
        lambda k, x: setattr(Classy, "new", x),
        lambda k: getattr(Classy, "new", None),
    ),
    "a global dict": (lambda: None, lambda k, x: update(TABLE, x), lambda k: item(TABLE)),
    "a global variable": (lambda: None, put_global, lambda k: FOUND),
    "another module's dict": (lambda: None, lambda k, x: update(LIBRARY.TABLE, x), lambda k: item(LIBRARY.TABLE)),
    "a bound method": (lambda: [].append, lambda k, x: k(x), lambda k: first(k.__self__)),
}


def clear() -> None:
    """Remove the tensors that a real forward pass has kept outside the model."""
    global FOUND
    FOUND, Classy.found = None, None
    TABLE.clear()
    LIBRARY.TABLE.clear()  # type: ignore[attr-defined]
    defaults.__defaults__[1].clear()  # type: ignore[index]
    if "new" in vars(Classy):
        del Classy.new  # type: ignore[attr-defined]
