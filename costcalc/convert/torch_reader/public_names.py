"""The public name of torch that a function is called by: some counting tools patch these names, and see nothing else.

``torch.add(x, y)``, ``x.add(y)`` and ``x + y`` are one operation to torch, and three to such a tool.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, wraps
from typing import Any

import torch
from torch.nn import functional
from torch.utils.checkpoint import CheckpointFunction

from costcalc.convert import torch_names
from costcalc.convert.torch_reader import users_rules
from costcalc.convert.torch_reader.aten.schema import base
from costcalc.convert.torch_reader.builder import GraphBuilder
from costcalc.convert.torch_reader.derivatives import transforming
from costcalc.convert.torch_reader.grad_modes import of_function
from costcalc.spec import TorchCall

NAMES: dict[Any, tuple[str, ...]] = {
    functional: torch_names.WATCHED["torch.nn.functional"],
    torch: torch_names.WATCHED["torch"],
    torch.Tensor: torch_names.WATCHED["torch.Tensor"],
}
"""The names that the tools of `conventions/tools` patch, where they are looked up."""

PATHS = {functional: "torch.nn.functional", torch: "torch", torch.Tensor: "torch.Tensor"}

ASKS = ("has_torch_function", "has_torch_function_unary", "has_torch_function_variadic")
"""torch's functions written in Python ask these whether a mode is on, and then hand themselves to it as a whole."""

WHOLE = ((torch.autograd.Function, "apply"), (torch.jit.ScriptFunction, "__call__"))
"""Methods that run a function of the user's own, of which a trace has no parts."""

INTERPOLATE = "torch.nn.functional.interpolate"

WATCHED = frozenset(f"{PATHS[place]}.{name}" for place, names in NAMES.items() for name in names)


@contextmanager
def listening(builder: GraphBuilder) -> Iterator[None]:
    """Patch the watched names: each hands its `Call` over to the nodes made in it, in threads that are read.

    Other threads are not affected. With autograd on, only the parts of a call are read, which have no public name.
    """
    patched = [(place, name, vars(place).get(name)) for place, names in NAMES.items() for name in names]
    patched += [(functional, name, vars(functional)[name]) for name in ASKS]
    for place, name, own in patched:
        if name in ASKS:
            setattr(place, name, _answers_no(builder, own))
        elif not builder.autograd:
            setattr(place, name, _named(builder, getattr(place, name), f"{PATHS[place]}.{name}"))
    patched += [(place, name, vars(place)[name]) for place, name in WHOLE]
    for place, name in WHOLE:
        setattr(place, name, _as_a_whole(builder, vars(place)[name]))
    try:
        yield
    finally:
        for place, name, own in patched:
            if own is not None:
                setattr(place, name, own)
            elif name in vars(place):
                delattr(place, name)  # inherited


def _as_a_whole(builder: GraphBuilder, own: Any) -> Any:
    """A method of a class whose calls a trace has as a whole."""
    of_class = type(own).__name__ in ("classmethod", "classmethod_descriptor")

    def call(of: Any, *args: Any, **kwargs: Any) -> Any:
        run = own.__get__(None, of) if of_class else own.__get__(of)
        if not builder.thread.read:
            return run(*args, **kwargs)
        with builder.thread.calling(replace(builder.thread.call, opaque=True)):
            if users_rules.counts(builder, of):
                return users_rules.of_function(builder, of, run, args)
            if not of_class:
                return run(*args, **kwargs)
            with of_function(builder, args, of is CheckpointFunction) as given:
                return run(*given, **kwargs)

    return classmethod(call) if of_class else call


def _answers_no(builder: GraphBuilder, function: Callable[..., bool]) -> Callable[..., bool]:
    return lambda *args: False if builder.thread.read else function(*args)


def _given_size(
    input: Any = None, size: Any = None, scale_factor: Any = None, *args: Any, **kwargs: Any
) -> dict[str, float]:
    """The size or scale that F.interpolate is given, if it is one number: aten is given one per axis."""
    given = {"size": size, "scale_factor": scale_factor}
    return {k: float(v) if isinstance(v, float) else int(v) for k, v in given.items() if isinstance(v, int | float)}


def _named(builder: GraphBuilder, function: Callable[..., Any], name: str) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        thread = builder.thread
        part = thread.call.called_as.startswith("torch.ops.aten.")
        if not thread.read or part or transforming():  # not the model's own call
            return function(*args, **kwargs)
        given_size = _given_size(*args, **kwargs) if name == INTERPOLATE else {}
        with thread.calling(replace(thread.call, called_as=name, given_size=given_size)):
            return function(*args, **kwargs)

    vars(call)["unpatched"] = function
    return call


def public_name(func: Any, call: TorchCall) -> str:
    """The name of a function that the model calls by none of the watched names."""
    name = _function(func) if call.is_module else call.name
    return name if name not in WATCHED else f"torch.ops.aten.{base(func)}"


@cache
def _function(func: Any) -> str:
    """The public name of an aten operation, or its name in torch.ops.aten if it has none."""
    name = base(func)
    for place, path in ((functional, "torch.nn.functional"), (torch, "torch")):
        if hasattr(place, name):
            return f"{path}.{name}"
    return f"torch.ops.aten.{name}"
