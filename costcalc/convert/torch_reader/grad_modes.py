"""Which operations the code of a model would not differentiate in training, and which it runs again.

A read is without gradients itself, as an evaluation is. So the grad mode that the code asks for is followed beside, by
its context managers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from inspect import signature
from typing import Any

from torch.autograd.grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from torch.utils import checkpoint

from costcalc.convert.torch_reader.builder import GraphBuilder

BEGINS: dict[tuple[type, str], Callable[[Any], bool]] = {
    (no_grad, "__enter__"): lambda manager: False,
    (enable_grad, "__enter__"): lambda manager: True,
    (set_grad_enabled, "__init__"): lambda manager: bool(manager.mode),
    (set_grad_enabled, "__enter__"): lambda manager: bool(manager.mode),
    (inference_mode, "__enter__"): lambda manager: not manager.mode,
}
"""Methods that set the grad mode, and to what."""

ENDS = tuple((kind, "__exit__") for kind in (no_grad, enable_grad, set_grad_enabled, inference_mode))
ENDS += ((set_grad_enabled, "__call__"),)  # as a decorator
"""Methods that set it back."""

AGAIN = "_checkpoint_without_reentrant_generator"
RUNS_AGAIN = f"{AGAIN}_impl" if hasattr(checkpoint, f"{AGAIN}_impl") else AGAIN  # torch 2.14 and later; otherwise older
"""The function of torch.utils.checkpoint that runs before a call, and after it."""


@contextmanager
def grad_modes_followed(builder: GraphBuilder) -> Iterator[None]:
    """Follow the grad modes and checkpoints of the model's code, in threads that are read."""
    before: dict[int, bool] = {}  # by context manager
    patched = [(kind, name, vars(kind)[name]) for kind, name in (*BEGINS, *ENDS)]
    patched.append((checkpoint, RUNS_AGAIN, getattr(checkpoint, RUNS_AGAIN)))  # type: ignore[arg-type]
    for kind, name in BEGINS:
        setattr(kind, name, _beginning(builder, vars(kind)[name], BEGINS[kind, name], before))
    for kind, name in ENDS:
        setattr(kind, name, _ending(builder, vars(kind)[name], before))
    setattr(checkpoint, RUNS_AGAIN, _checkpointed(builder, getattr(checkpoint, RUNS_AGAIN)))
    try:
        yield
    finally:
        for place, name, own in patched:
            setattr(place, name, own)


def _beginning(builder: GraphBuilder, own: Any, mode: Callable[[Any], bool], before: dict[int, bool]) -> Any:
    @wraps(own)
    def call(manager: Any, *args: Any, **kwargs: Any) -> Any:
        thread = builder.thread
        outer = thread.grad_mode
        own(manager, *args, **kwargs)
        if thread.read and not thread.call.own_backward:
            if not isinstance(manager, set_grad_enabled) or own.__name__ == "__init__":
                before[id(manager)] = outer
            thread.grad_mode = mode(manager)

    return call


def _ending(builder: GraphBuilder, own: Any, before: dict[int, bool]) -> Any:
    @wraps(own)
    def call(manager: Any, *args: Any, **kwargs: Any) -> Any:
        made = own(manager, *args, **kwargs)
        if builder.thread.read and not builder.thread.call.own_backward:
            builder.thread.grad_mode = before.get(id(manager), True)
        return made

    return call


def _checkpointed(builder: GraphBuilder, own: Any) -> Any:
    @wraps(own)
    def call(*args: Any, **kwargs: Any) -> Iterator[None]:
        run = own(*args, **kwargs)
        if not builder.thread.read:
            yield from run
            return
        given = signature(own).bind(*args, **kwargs).arguments
        early = checkpoint._enable_checkpoint_early_stop  # None: as the call says
        early = given.get("early_stop", True) if early is None else early
        plain = given.get("context_fn", checkpoint.noop_context_fn) is checkpoint.noop_context_fn
        next(run)
        with again(builder, "" if not plain else "early" if early else "whole"):
            yield
        yield from run

    return call


@contextmanager
def again(builder: GraphBuilder, what: Any) -> Iterator[None]:
    """New nodes belong to a call that the backward pass runs again; of nested calls, to the outermost one."""
    call = builder.thread.call
    if call.checkpoint:
        yield
        return
    builder.gradients.checkpoints += 1
    with builder.thread.calling(replace(call, checkpoint=builder.gradients.checkpoints, again=what)):
        yield


@contextmanager
def of_function(builder: GraphBuilder, args: Sequence[Any], reentrant: bool) -> Iterator[Sequence[Any]]:
    """While this lasts, an autograd.Function runs on these arguments; yields those to call it with.

    reentrant  True for that of torch.utils.checkpoint, which turns gradients off for what it will run again
    """
    thread = builder.thread
    mode = thread.grad_mode
    if not reentrant:
        with thread.calling(replace(thread.call, own_backward=True)):
            yield args
        return

    def run(*given: Any) -> Any:
        inside, thread.grad_mode = thread.grad_mode, mode
        try:
            return args[0](*given)
        finally:
            thread.grad_mode = inside

    with again(builder, "whole"):
        yield (run, *args[1:])
