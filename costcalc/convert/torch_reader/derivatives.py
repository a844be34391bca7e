"""Forward passes that take derivatives: forces of atomistic models, residuals of physics-informed networks.

A model is read below autograd, where composite operations are not decomposed and nothing is recorded. If it takes a
derivative, it is read again with autograd on: the operations of a backward pass are read like any others. Composite
operations are then decomposed, and parameters and constants are on the meta device, as their gradients are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import nn
from torch._functorch import eager_transforms, vmap
from torch.autograd import forward_ad
from torch.overrides import TorchFunctionMode

from costcalc.convert.torch_reader.builder import GraphBuilder
from costcalc.convert.torch_reader.constants import Constants
from costcalc.convert.torch_reader.cpu_attention import ATTENTION, as_on_the_cpu

_PREDISPATCH: Any = getattr(torch._functorch, "predispatch", None)
LEVELS: Any = _PREDISPATCH if hasattr(_PREDISPATCH, "_enter_dual_level") else torch._C  # by the version of torch

BACKWARD = torch.autograd, "_engine_run_backward"
DERIVES = (
    BACKWARD,
    (eager_transforms, "grad_increment_nesting"),
    (eager_transforms, "jvp_increment_nesting"),
    (LEVELS, "_enter_dual_level"),
)
"""Internal functions of torch that all derivatives go through."""

MAPS = ((vmap, "_vmap_increment_nesting"), (eager_transforms, "_func_increment_nesting"))
"""Internal functions of transforms that change which operations run, without autograd."""

REQUIRES: Any = torch.Tensor.requires_grad
ASKS = {torch.Tensor.requires_grad_, REQUIRES.__set__, torch._C._set_grad_enabled}
"""Functions that turn autograd on; a model may then ask whether it is."""

LOOKS = {getattr(torch.Tensor, name) for name in ("tolist", "numpy", "__array__", "__format__", "__repr__")}
"""Functions that read a tensor's values without an operation."""


class NeedsAutograd(BaseException):
    """The forward pass takes a derivative, or turns autograd on."""


def transforming() -> bool:
    """True inside a function that torch.func transforms, and in forward-mode differentiation."""
    return torch._C._functorch.peek_interpreter_stack() is not None or forward_ad._current_level >= 0


def asks(func: Any, args: Any, kwargs: Any) -> bool:
    """True for a call that turns autograd on."""
    if func not in ASKS:
        return bool(kwargs) and kwargs.get("requires_grad") is True
    last = args[-1] if args else None
    return bool(last) if isinstance(last, bool) else (kwargs or {}).get("requires_grad", True) is True


class Recorded(TorchFunctionMode):
    """While this mode is on, functions get parameters on the meta device, and read the values of constants."""

    def __init__(self, builder: GraphBuilder, constants: Constants) -> None:
        super().__init__()
        self.builder, self.constants = builder, constants

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """A call of a function, or an access to an attribute."""
        if self.builder.over:
            return func(*args, **(kwargs or {}))
        args, kwargs = self._recorded(args), {key: self._recorded(value) for key, value in (kwargs or {}).items()}
        if asks(func, args, kwargs):
            self.builder.gradients.asked(args)
        looks = getattr(func, "__wrapped__", func) in LOOKS  # __format__ is patched
        if looks and (numbers := self.constants.numbers(args[0])) is not None:
            with torch._C._DisableTorchDispatch():
                return func(numbers, *args[1:], **kwargs)
        return (as_on_the_cpu if func is ATTENTION else func)(*args, **kwargs)

    def _recorded(self, value: Any) -> Any:
        """Parameters on the meta device, in nested lists and tuples."""
        if isinstance(value, torch.Tensor):
            return self.constants.recorded.get(id(value), value)
        if type(value) in (list, tuple):
            return type(value)(map(self._recorded, value))
        return value


@contextmanager
def followed(builder: GraphBuilder, constants: Constants) -> Iterator[None]:
    """Patch the functions that take derivatives, or map over an axis: `builder` then knows that they were called.

    The first derivative raises NeedsAutograd unless autograd is on.
    """
    own = [(place, name, getattr(place, name)) for place, name in (*DERIVES, *MAPS)]

    def wrapped(function: Callable[..., Any], where: tuple[Any, str]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if not builder.thread.read:
                return function(*args, **kwargs)
            if where in DERIVES and not builder.autograd:
                raise NeedsAutograd("it takes a derivative")
            builder.transformed = True
            with Recorded(builder, constants) if where == BACKWARD else nullcontext():
                return function(*args, **kwargs)

        return call

    for place, name, function in own:
        setattr(place, name, wrapped(function, (place, name)))
    try:
        yield
    finally:
        for place, name, function in own:
            setattr(place, name, function)


@contextmanager
def recording(model: nn.Module, constants: Constants) -> Iterator[None]:
    """Let the model's modules hold parameters and buffers on the meta device."""
    held: list[tuple[Any, dict[str, Any]]]
    held = [(place, dict(place.items())) for m in nn.Module.modules(model) for place in (m._parameters, m._buffers)]
    for place, tensors in held:
        for name, t in tensors.items():
            if t is not None:
                place[name] = constants.record(t)
    try:
        yield
    finally:
        for place, tensors in held:
            for name, t in tensors.items():
                place[name] = t
