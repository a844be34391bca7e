"""Tensors that a forward pass keeps in containers, objects, closures, classes and globals are gone after a read."""

import functools
import importlib
import sys
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest
import torch
from keeping import KEPT, Holder, clear
from reads import HOW_IT_ENDS, X, read
from small_modules import module
from torch import nn

from costcalc.convert.from_torch import from_torch
from costcalc.convert.untouched import _put_back


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
