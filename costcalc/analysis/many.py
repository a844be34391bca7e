"""Evaluate the blocks of a sweep or search: here, in processes, or on a Dask cluster. Results come in order."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from typing import Any, Protocol, TypeVar

from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError
from costcalc.spec.progress import task

AHEAD = 3
"""Blocks per process that are computed before they are asked for, so that memory is bounded."""


class Blocks(Protocol):
    """Points in blocks: a Sweep or a Search. It can be pickled."""

    @property
    def starts(self) -> range:
        """What each block begins with, in order."""
        ...

    def block(self, start: int, /) -> range:
        """The points of a block."""
        ...


B = TypeVar("B", bound=Blocks)
R = TypeVar("R")


def in_blocks(
    work: B, evaluate: Callable[[B, range], R], jobs: int = 1, dask: str | None = None
) -> Generator[R, None, None]:
    """The results of all blocks, in order: here, in `jobs` processes, or by the workers of the scheduler `dask`.

    Raises CostcalcError if there is no scheduler at that address, or the extra `dask` is not installed.
    """
    jobs = arguments.integer("jobs", jobs, 1)
    if dask is not None:
        try:
            from costcalc.analysis.cluster import on_dask
        except ModuleNotFoundError as error:
            raise CostcalcError(f"this needs {error.name}; install it with: pip install 'costcalc[dask]'") from None
        results = on_dask(work, evaluate, arguments.text("dask", dask))
    elif jobs > 1 and len(work.starts) > 1:
        results = _in_processes(work, evaluate, min(jobs, len(work.starts)))
    else:
        results = (evaluate(work, work.block(start)) for start in work.starts)
    return _told(results, len(work.starts))


def _told(results: Generator[R, None, None], blocks: int) -> Generator[R, None, None]:
    """The results; a watcher is told how many there are."""
    with closing(results), task("blocks", blocks) as made:
        for result in results:
            made.done += 1
            yield result


def in_order(work: Blocks, submit: Callable[[range], Any], ahead: int) -> Generator[Any, None, None]:
    """The results of futures, in the order of the blocks, with at most `ahead` of them waiting."""
    waiting: deque[Any] = deque()
    for start in work.starts:
        waiting.append(submit(work.block(start)))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _in_processes(work: B, evaluate: Callable[[B, range], R], jobs: int) -> Generator[R, None, None]:
    """The blocks, by processes of this machine. An interrupt ends them."""
    forked = sys.platform == "linux" and "torch" not in sys.modules  # torch's threads do not survive a fork
    context = multiprocessing.get_context("fork" if forked else "spawn")
    pool = ProcessPoolExecutor(jobs, context, initializer=_quiet)

    def submit(points: range) -> Any:
        with _interrupt_later():
            return pool.submit(evaluate, work, points)

    try:
        yield from in_order(work, submit, AHEAD * jobs)
    except BrokenProcessPool:
        raise CostcalcError("a process ended early, perhaps out of memory; give fewer --jobs") from None
    except BaseException:
        for process in list((pool._processes or {}).values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _interrupt_later() -> Iterator[None]:
    """Hold an interrupt back until this is done: while a process starts, Python drops the exception."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came = list[Any]()
    handler = signal.signal(signal.SIGINT, lambda *args: came.append(args))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
    if came and callable(handler):
        handler(*came[0])


def _quiet() -> None:
    """In a process of the pool: the parent ends it; prints of a model's code go to standard error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(2, 1)
