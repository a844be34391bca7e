"""Models that torch.compile has compiled, as the models under it: its cost is theirs, and counting tools need them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import nn

SWITCH = "TORCHDYNAMO_DISABLE"
"""The environment variable that torch.compile looks at when it is called."""

NOTE = "Compiled modules are read as the modules under them."


@contextmanager
def without_compiling() -> Iterator[None]:
    """While this lasts, torch.compile returns what it is given."""
    before = os.environ.get(SWITCH)
    os.environ[SWITCH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[SWITCH]
        else:
            os.environ[SWITCH] = before


@contextmanager
def uncompiled(module: nn.Module) -> Iterator[tuple[nn.Module, bool]]:
    """A module without compiled modules in it, while this lasts, and whether there were any."""
    plain = under(module)
    with ExitStack() as stack:
        found = plain is not module
        for parent in list(nn.Module.modules(plain)):  # the model may have an attribute of this name
            for key, child in parent._modules.items():
                if child is not None and under(child) is not child:
                    stack.callback(parent._modules.__setitem__, key, child)
                    parent._modules[key], found = under(child), True
            if parent._compiled_call_impl is not None:  # of module.compile()
                stack.callback(setattr, parent, "_compiled_call_impl", parent._compiled_call_impl)
                parent._compiled_call_impl, found = None, True
        yield plain, found


def under(module: nn.Module) -> nn.Module:
    """The module under a compiled one; any other module itself."""
    eval_frame: Any = sys.modules.get("torch._dynamo.eval_frame")
    while eval_frame is not None and isinstance(module, eval_frame.OptimizedModule):
        module = module._orig_mod
    return module
