"""Functions that cost nothing but do not run on the meta device: checks, logs, and questions about a device's type.

They are replaced while a model is read: a check of values passes, and "meta" is answered for as if it were "cpu".
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import torch
from torch.utils._pytree import tree_leaves, tree_unflatten

from costcalc.convert.torch_reader.builder import GraphBuilder

Function = Callable[..., Any]


def _without_meta(function: Function) -> Function:
    """The function, with "cpu" in the place of "meta" among its arguments."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        args = tuple("cpu" if type(each) is str and each == "meta" else each for each in args)
        kwargs = {key: "cpu" if type(each) is str and each == "meta" else each for key, each in kwargs.items()}
        return function(*args, **kwargs)

    return call


def _passing(function: Function) -> Function:
    """The check, which passes for a tensor without values."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        values = (*args, *kwargs.values())
        return None if any(isinstance(t, torch.Tensor) and t.is_meta for t in values) else function(*args, **kwargs)

    return call


def _true(function: Function) -> Function:
    """The check of a distribution's arguments, which is true for a tensor without values."""
    return wraps(function)(lambda t: True if t.is_meta else function(t))


def _returning(value: Any) -> Callable[[Function], Function]:
    return lambda function: wraps(function)(lambda *args, **kwargs: value)


def _as_given(function: Function) -> Function:
    """The forward pass of an observer, which returns its input and keeps statistics of it."""
    return wraps(function)(lambda self, x: x)


def _without_digits(function: Function) -> Function:
    """The text of a number in a given format; of a number without a value, that of its tensor."""

    @wraps(function)
    def call(self: torch.Tensor, spec: str) -> Any:
        try:
            return function(self, spec)
        except TypeError:
            if not self.is_meta or self.dim():
                raise
            return str(self)

    return call


def _in_its_form(function: Function) -> Function:
    """What associative_scan runs, whose result keeps the form of its input only if torch.compile sees it."""

    @wraps(function)
    def call(run: Any, step: Any, rows: Any) -> Any:
        return tree_unflatten(function(run, lambda *args: tree_leaves(step(*args)), rows), step.keywords["spec"])

    return call


OBSERVERS = (
    *("HistogramObserver", "MinMaxObserver", "MovingAverageMinMaxObserver", "MovingAveragePerChannelMinMaxObserver"),
    *("PerChannelMinMaxObserver", "RecordingObserver"),
)
"""Classes of torch.ao.quantization, before it is converted."""

REPLACED: list[tuple[str, str, Callable[[Function], Function]]] = [
    ("torch", "is_autocast_enabled", _without_meta),
    ("torch", "get_autocast_dtype", _without_meta),
    ("torch", "set_autocast_enabled", _without_meta),
    ("torch", "set_autocast_dtype", _without_meta),
    ("torch.amp", "is_autocast_available", _without_meta),
    ("torch.amp.autocast_mode", "is_autocast_available", _without_meta),
    ("torch", "_assert", _passing),
    ("torch", "_check_tensor_all", _passing),
    ("torch", "_is_all_true", _true),
    ("torch", "_check_tensor_all_with", _passing),
    ("torch.nn.attention.flex_attention", "_validate_device", _returning(None)),
    ("torch._higher_order_ops.associative_scan", "_maybe_compile_and_run_fn", _in_its_form),
    # a mask that is not aligned left is used as it is; an aligned one would make a nested tensor of the same products
    ("torch", "_nested_tensor_from_mask_left_aligned", _returning(False)),
]
"""Module, function, and what makes the function that takes its place."""

METHODS: list[tuple[str, str, str, Callable[[Function], Function]]] = [
    ("torch", "Tensor", "__format__", _without_digits),
    ("torch.amp.autocast_mode", "autocast", "__init__", _without_meta),
    ("transformers.modeling_utils", "PreTrainedModel", "warn_if_padding_and_no_attention_mask", _returning(None)),
    *(("torch.ao.quantization.observer", name, "forward", _as_given) for name in OBSERVERS),
]
"""Likewise for methods of classes. The modules are patched only if they are imported."""


SETTINGS: list[tuple[str, str, bool]] = [
    # whether distributions look at the values of their arguments, unless one is told to
    ("torch.distributions", "Distribution._validate_args", False),
    # whether flex_attention runs without torch.compile, of which nothing would be read
    ("torch.nn.attention.flex_attention", "_FLEX_ATTENTION_DISABLE_COMPILE_DEBUG", True),
]
"""Module, setting, and its value while a model is read."""


@contextmanager
def passed_over(builder: GraphBuilder) -> Iterator[None]:
    """Replace these functions, in threads that are read."""
    places = [(sys.modules.get(module), name, replace) for module, name, replace in REPLACED]
    places += [(getattr(sys.modules.get(module), kind, None), name, replace) for module, kind, name, replace in METHODS]
    own = [(place, name, vars(place)[name], replace) for place, name, replace in places if name in _names(place)]
    for place, name, function, replace in own:
        setattr(place, name, _here(builder, function, replace(function)))
    settings = [(*_place(module, name), value) for module, name, value in SETTINGS]
    before = [(place, name, getattr(place, name)) for place, name, _ in settings if name in _names(place)]
    for place, name, value in settings:
        if name in _names(place):
            setattr(place, name, value)
    try:
        yield
    finally:
        for place, name, value in before:
            setattr(place, name, value)
        for place, name, function, _ in own:
            setattr(place, name, function)


def _place(module: str, name: str) -> tuple[Any, str]:
    """The module, or the class in it, that has a setting; None if the module is not imported."""
    *classes, last = name.split(".")
    place: Any = sys.modules.get(module)
    for each in classes:
        place = getattr(place, each, None)
    return place, last


def _names(place: Any) -> Any:
    return () if place is None else vars(place)


def _here(builder: GraphBuilder, function: Function, replaced: Function) -> Function:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return (replaced if builder.thread.read else function)(*args, **kwargs)

    return call
