"""Tensors that a forward pass keeps in containers, objects, closures, classes and globals are gone after a read."""

import collections
import dataclasses
import functools
import importlib
import sys
import types
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from reads import HOW_IT_ENDS, X, read
from small_modules import module
from torch import nn

from costcalc.convert.from_torch import from_torch
from costcalc.convert.untouched import _put_back


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


@HOW_IT_ENDS
@pytest.mark.parametrize("where", KEPT)
def test_what_a_forward_pass_keeps(where: str, error: type[BaseException] | None) -> None:
    """It keeps x, and uses what is kept in the place of x: a tensor on meta, kept from the read, would go into `l`."""
    make, put, get = KEPT[where]

    def forward(self: Any, x: Any) -> Any:
        found = get(self.kept)
        put(self.kept, x)
        if error is not None:
            raise error
        return self.l(x if found is None else found)

    model = module(forward, l=nn.Linear(3, 3), kept=make())
    read(model, error)
    assert get(model.kept) is None
    if error is None:
        try:
            assert torch.equal(model(X), model.l(X))
            assert get(model.kept) is X
            read(model)
            assert get(model.kept) is X  # also what was kept before
        finally:
            clear()


def clear() -> None:
    """Remove the tensors that a real forward pass has kept outside the model."""
    global FOUND
    FOUND, Classy.found = None, None
    TABLE.clear()
    LIBRARY.TABLE.clear()  # type: ignore[attr-defined]
    defaults.__defaults__[1].clear()  # type: ignore[index]
    if "new" in vars(Classy):
        del Classy.new  # type: ignore[attr-defined]


def test_what_hooks_keep() -> None:
    outputs: list[Any] = []
    recorder = Holder()
    recorder.record = lambda m, args, out: setattr(recorder, "found", out)  # type: ignore[attr-defined]
    model = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
    model[0].register_forward_hook(lambda m, args, out: outputs.append(out))
    model[1].register_forward_hook(recorder.record)  # type: ignore[attr-defined]
    read(model)
    assert (outputs, recorder.found) == ([], None)


@HOW_IT_ENDS
@pytest.mark.parametrize("size", [None, 4])
def test_cached_functions(size: int | None, error: type[BaseException] | None) -> None:
    """The cache of a function is kept, unless the forward pass adds to it."""
    calls = {"x": X}
    cached = functools.lru_cache(size)(lambda key: calls[key])

    def forward(self: Any, x: Any) -> Any:
        calls["y"] = x
        cached("x" if self.knows else "y")
        if error is not None:
            raise error
        return self.l(x)

    cached("x")
    read(module(forward, l=nn.Linear(3, 3), knows=True), error)
    assert cached.cache_info().currsize == 1
    read(module(forward, l=nn.Linear(3, 3), knows=False), error)
    assert cached.cache_info().currsize == 0


def test_modules_that_a_function_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "package_of_a_test").mkdir()
    (tmp_path / "package_of_a_test" / "__init__.py").write_text("")
    (tmp_path / "package_of_a_test" / "tables.py").write_text("TABLE, LAST = {}, None\n")
    (tmp_path / "package_of_a_test" / "net.py").write_text(
        "from torch import nn\n"
        "class Net(nn.Module):\n"
        "    def forward(self, x):\n"
        "        import package_of_a_test.tables as tables\n"
        "        from .tables import TABLE\n"
        "        TABLE['x'] = tables.LAST = x\n"
        "        return x + 1\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    tables, net = (importlib.import_module(f"package_of_a_test.{name}") for name in ("tables", "net"))
    read(net.Net())
    assert (tables.TABLE, tables.LAST) == ({}, None)


def test_context_variables() -> None:
    kept: ContextVar[Any] = ContextVar("kept", default=None)

    def forward(self: Any, x: Any) -> Any:
        kept.set(x)
        return x + 1

    read(module(forward))
    assert kept.get() is None


def test_what_the_arguments_keep() -> None:
    kept = {"inside": [Holder()]}

    def forward(self: Any, x: Any, kept: Any) -> Any:
        kept["inside"][0].found = kept.pop("x", x)
        return self.l(x)

    from_torch(module(forward, l=nn.Linear(3, 3)), {"x": (3,), "kept": kept})
    assert list(kept) == ["inside"]
    assert kept["inside"][0].found is None


# The walk itself


def test_an_interrupt_waits_until_all_is_put_back() -> None:
    done: list[str] = []
    interrupts = iter([KeyboardInterrupt])

    def interrupted() -> None:
        for interrupt in interrupts:
            raise interrupt
        done.append("second")

    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(KeyboardInterrupt):
        _put_back([lambda: done.append("first"), interrupted])
    assert done == ["second", "first"]
    with pytest.raises(ZeroDivisionError):
        _put_back([lambda: done.append("third"), broken])
    assert done == ["second", "first", "third"]


def test_imports_stay_imported() -> None:
    def forward(self: Any, x: Any) -> Any:
        import this  # noqa: F401

        return x + 1

    sys.modules.pop("this", None)
    read(module(forward, modules=sys.modules))
    assert "this" in sys.modules
