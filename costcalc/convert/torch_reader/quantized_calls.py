"""torch.ao.nn.quantized.functional, whose functions take quantized tensors only, as the functions of floats."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from inspect import signature
from typing import Any

import torch
from torch.nn import functional

from costcalc.convert.torch_reader.builder import GraphBuilder

PLACE = "torch.ao.nn.quantized.functional"

OF_QUANTIZED = {"scale", "zero_point", "dtype", "padding_mode"}
"""Parameters that the functions of floats lack, and that do not change what is counted. Others are in their order."""


@contextmanager
def quantized_calls(builder: GraphBuilder) -> Iterator[None]:
    """Replace these functions, in threads that are read. They are patched only if their module is imported."""
    place = sys.modules.get(PLACE)
    own = {name: getattr(place, name) for name in getattr(place, "__all__", ())}
    for name, function in own.items():
        setattr(place, name, _as_floats(builder, function, name))
    try:
        yield
    finally:
        for name, function in own.items():
            setattr(place, name, function)


def _as_floats(builder: GraphBuilder, function: Callable[..., Any], name: str) -> Callable[..., Any]:
    takes, plain = signature(function), getattr(functional, name, None) or getattr(torch, name)

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        thread = builder.thread
        if not thread.read:
            return function(*args, **kwargs)
        given = takes.bind(*args, **kwargs)
        given.apply_defaults()
        kernel = f"quantized::{name}"
        with thread.calling(replace(thread.call, called_as=f"torch.ops.aten.{kernel}", kernel=kernel)):
            return plain(*(each for key, each in given.arguments.items() if key not in OF_QUANTIZED))

    return call
