"""Hooks of modules, which run around their forward passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from costcalc.convert.torch_reader.builder import GraphBuilder


def has_hooks(module: nn.Module) -> bool:
    """True if a module has hooks of its own."""
    hooks = (module._forward_hooks, module._forward_pre_hooks, module._backward_hooks, module._backward_pre_hooks)
    return any(hooks)


def in_place_of_forward(
    builder: GraphBuilder,
    forward: Callable[..., Any],
    original: Callable[..., Any],
    module: nn.Module,
    args: Any,
    kwargs: Any,
) -> Any:
    """Call a module, with its hooks and a function in place of its forward pass. Notices which nodes are of hooks.

    original  ``nn.Module.__call__``, as torch has it
    """
    thread, own = builder.thread, module.__dict__.get("forward")
    outer, path = thread.hook_of, builder.path(module)
    thread.hook_of = path

    def run(*args: Any, **kwargs: Any) -> Any:
        thread.hook_of = outer
        made = forward(*args, **kwargs)
        thread.hook_of = path
        return made

    module.__dict__["forward"] = run
    try:
        return original(module, *args, **kwargs)
    finally:
        thread.hook_of = outer
        if own is None:
            del module.__dict__["forward"]
        else:
            module.__dict__["forward"] = own
