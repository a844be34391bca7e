"""Forward passes that run on several threads.

torch's modes belong to one thread. A task that a thread hands to another is therefore read in modes of its own, with
one operation read at a time. `torch_reader.node_order` then puts the nodes in an order that does not depend on timing.
"""

from __future__ import annotations

import _thread
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial, wraps
from multiprocessing import pool, queues
from multiprocessing.connection import _ConnectionBase
from multiprocessing.process import BaseProcess
from typing import Any

import torch
from torch.utils._pytree import tree_leaves

from costcalc.convert.torch_reader.builder import GraphBuilder
from costcalc.convert.torch_reader.thread_state import Frame, Line
from costcalc.convert.torch_reader.token_ids import NeedsIds
from costcalc.spec import CostcalcError

Reading = Callable[[], AbstractContextManager[None]]
"""Returns a context in which the operations of the current thread are read."""

POOLS = ("concurrent.futures.thread", "multiprocessing.pool")
"""Modules whose threads outlive the tasks that they are given. The tasks are read, not the threads."""

POOL: Any = pool

PATIENCE, MOMENT = 5.0, 0.5
"""Seconds to wait, after the forward pass, for work on other threads; and for a thread without any node yet."""


class Work:
    """Work that a thread has handed to another.

    line     nodes that it has made
    done     set when it has ended, or was cancelled
    is_task  True for a task, which ends; False for a thread, which may wait for work forever
    """

    def __init__(self, is_task: bool) -> None:
        self.line: Line = []
        self.done = threading.Event()
        self.is_task = is_task


class Threads:
    """While this is on, work that the forward pass hands to other threads is read too.

    Raises CostcalcError if it hands anything to another process, or if work is not done when it returns.
    """

    def __init__(self, builder: GraphBuilder, reading: Reading) -> None:
        self.builder, self.reading = builder, reading
        self.work: list[Work] = []
        self.errors: list[BaseException] = []

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Patch the functions that hand work to other threads or processes."""
        patched = [(place, name, vars(place)[name], how) for place, name, how in self._patches()]
        for place, name, own, how in patched:
            setattr(place, name, self._if_read(own, how))
        try:
            yield
            self._wait()
        finally:
            self.builder.over = True
            for place, name, own, _ in patched:
                setattr(place, name, own)
            if self.errors:
                raise self.errors[0]

    def _patches(self) -> Iterator[tuple[Any, str, Callable[..., Any]]]:
        """Owner and name of each function, and its replacement, which takes the function before the arguments."""
        yield threading.Thread, "start", self._start
        yield _thread, "start_new_thread", self._start_new
        yield ThreadPoolExecutor, "submit", self._submit
        yield pool.Pool, "apply_async", self._apply
        yield pool.Pool, "_map_async", self._map
        yield pool.Pool, "imap", self._imap
        yield pool.Pool, "imap_unordered", self._imap
        yield ProcessPoolExecutor, "submit", _refuse
        yield BaseProcess, "start", _refuse
        for channel, name in ((queues.Queue, "put"), (queues.SimpleQueue, "put"), (_ConnectionBase, "send")):
            yield channel, name, _send
        if hasattr(os, "fork"):
            yield os, "fork", _refuse

    def _if_read(self, own: Callable[..., Any], how: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(own)
        def call(*args: Any, **kwargs: Any) -> Any:
            return how(own, *args, **kwargs) if self.builder.thread.read else own(*args, **kwargs)

        return call

    def _task(self, function: Callable[..., Any], work: Work, frame: Frame) -> Callable[..., Any]:
        """A function for another thread, where it is read as if it ran in this frame."""
        thread = self.builder.thread
        quiet = thread.quiet
        self.work.append(work)

        def task(*args: Any, **kwargs: Any) -> Any:
            try:
                if self.builder.over or thread.read:
                    return function(*args, **kwargs)
                with self.reading():
                    thread.frame, thread.line, thread.quiet = frame, work.line, quiet
                    return function(*args, **kwargs)
            except BaseException as error:
                ours = isinstance(error, CostcalcError | NeedsIds) or not isinstance(error, Exception)
                if ours or not work.is_task:
                    self.errors.append(error)
                if work.is_task:  # for the thread that asks for the result
                    raise
            finally:
                work.done.set()

        return task

    def hand(self, function: Callable[..., Any], is_task: bool = True) -> tuple[Callable[..., Any], Work]:
        """A function for another thread, where it is read as if it ran here and now."""
        thread, work = self.builder.thread, Work(is_task)
        thread.line.append(work.line)
        return self._task(function, work, thread.frame), work

    def _start(self, own: Callable[..., Any], thread: Any) -> None:
        if getattr(getattr(thread, "_target", None), "__module__", "") not in POOLS:
            thread.run, _ = self.hand(thread.run, is_task=False)
        own(thread)

    def _start_new(self, own: Callable[..., Any], function: Any, *args: Any) -> Any:
        return own(self.hand(function, is_task=False)[0], *args)

    def _submit(self, own: Callable[..., Any], executor: Any, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        task, work = self.hand(function)
        future = own(executor, task, *args, **kwargs)
        future.add_done_callback(lambda _: work.done.set())  # cancelled, too
        return future

    def _apply(self, own: Callable[..., Any], workers: Any, function: Any, *args: Any, **kwargs: Any) -> Any:
        return own(workers, self.hand(_of_threads(workers, function))[0], *args, **kwargs)

    def _map(
        self, own: Callable[..., Any], workers: Any, function: Any, given: Any, mapper: Any, *args: Any, **kwargs: Any
    ) -> Any:
        star = mapper is POOL.starmapstar
        run = _of_threads(workers, function)
        tasks = [self.hand(partial(run, *(each if star else [each])))[0] for each in given]
        return own(workers, _call, tasks, POOL.mapstar, *args, **kwargs)

    def _imap(self, own: Callable[..., Any], workers: Any, function: Any, given: Any, *args: Any, **kwargs: Any) -> Any:
        thread, run = self.builder.thread, _of_threads(workers, function)
        lines: Line = []
        thread.line.append(lines)
        frame = thread.frame

        def tasks() -> Iterator[Callable[..., Any]]:  # made by a thread of the pool
            for each in given:
                work = Work(is_task=True)
                lines.append(work.line)
                yield self._task(partial(run, each), work, frame)

        return own(workers, _call, tasks(), *args, **kwargs)

    def _wait(self) -> None:
        """Wait until all work is done that has a part in the forward pass."""
        start = time.monotonic()
        for seconds, has_part in ((MOMENT, False), (PATIENCE, True)):
            for work in self.work:
                if has_part == bool(work.is_task or work.line):
                    work.done.wait(max(0.0, start + seconds - time.monotonic()))
        if any(not work.done.is_set() and (work.is_task or work.line) for work in self.work):
            raise CostcalcError("the forward pass returns before the work is done that it hands to another thread")


def _call(task: Callable[[], Any]) -> Any:
    return task()


def _of_threads(workers: Any, function: Any) -> Any:
    return function if isinstance(workers, pool.ThreadPool) else _refuse()


def _send(own: Callable[..., Any], channel: Any, sent: Any, *args: Any, **kwargs: Any) -> Any:
    if any(isinstance(each, torch.Tensor) for each in tree_leaves(sent)):
        _refuse()
    return own(channel, sent, *args, **kwargs)


def _refuse(*_: Any, **__: Any) -> Any:
    raise CostcalcError("the forward pass hands work to another process, where it cannot be read")
