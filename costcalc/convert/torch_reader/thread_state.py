"""The state of a read in each thread: the calls of modules and functions that are under way there."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import nn

from costcalc.spec.node import BlockCall


@dataclass(slots=True)
class Frame:
    """A call of a module that is under way.

    block    the block call that nodes belong to
    prefix   what their names begin with
    numbers  how many nodes were named after each kind of computation in it
    leaf     the module, if it is one of torch.nn without others inside; `path` is its path
    named    True once a node has the leaf's name
    call     of the leaf, for the nodes in it that do not have its name
    """

    block: BlockCall | None
    prefix: str
    numbers: dict[str, int] = field(default_factory=dict)
    leaf: nn.Module | None = None
    path: str = ""
    named: bool = False
    call: BlockCall | None = None


BELOW = [getattr(torch._C.DispatchKey, f"Autograd{each}") for each in ("Functionality", "Other", "NestedTensor")]
"""Dispatch keys that torch._C._AutoDispatchBelowAutograd excludes."""


@dataclass(frozen=True, slots=True)
class Call:
    """The innermost call of a function that is under way, as the nodes made in it keep it.

    called_as   torch's public name that the model calls it by, if counting tools look at that name
    given_size  the size or the scale that F.interpolate is given, if that is one number
    kernel      the aten operation that is read through its parts
    opaque      True inside a scripted function or an autograd.Function
    own_backward  True inside an autograd.Function
    checkpoint, again  as in `costcalc.spec.noticed.Backward`
    """

    called_as: str = ""
    given_size: Mapping[str, float] = field(default_factory=dict)
    kernel: str = ""
    opaque: bool = False
    own_backward: bool = False
    checkpoint: int = 0
    again: Literal["", "whole", "early"] = ""


Line = list[Any]
"""Nodes in the order in which a thread made them, and in between the lines of threads that it handed work to."""


class ThreadState(threading.local):
    """The state of the current thread.

    read      True while operations of this thread are read
    quiet     True while operations run without becoming nodes
    inside    tensors that they have made, if autograd, which may save them, is on
    frame     the call of a module that is under way
    call      the call of a function that is under way
    size_products  products of sizes that functions were given since the last node
    hook_of   path of the module whose forward hooks, or pre-hooks, are under way
    line      the nodes that this thread has made
    grad_mode  True unless the model's code has turned gradients off
    """

    def __init__(self, frame: Frame) -> None:
        self.read = self.quiet = False
        self.inside: list[torch.Tensor] = []
        self.frame = frame
        self.call = Call()
        self.size_products = 0
        self.hook_of: str | None = None
        self.line: Line = []
        self.grad_mode = True

    @contextmanager
    def calling(self, call: Call) -> Iterator[None]:
        """While this lasts, new nodes belong to this call."""
        outer, self.call = self.call, call
        try:
            yield
        finally:
            self.call = outer

    def release(self) -> None:
        """Undo the dispatch keys and the grad mode of a read, in a thread that goes on after it."""
        if self.read:
            self.read = False
            for key in BELOW:
                torch._C._dispatch_tls_set_dispatch_key_excluded(key, False)
            torch._C._set_grad_enabled(True)
