"""Evaluate the blocks of a sweep: here, in processes, or on the workers of a Dask cluster. Results come in order."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from costcalc.analysis.sweep import Block, Sweep, evaluate
from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError

AHEAD = 3
"""Blocks per process that are computed before they are asked for, so that memory is bounded."""


def in_blocks(sweep: Sweep, jobs: int = 1, dask: str | None = None) -> Generator[Block, None, None]:
    """The blocks of a sweep, in order: here, in `jobs` processes, or by the workers of the scheduler `dask`.

    Raises CostcalcError if there is no scheduler at that address, or the extra `dask` is not installed.
    """
    jobs = arguments.integer("jobs", jobs, 1)
    if dask is not None:
        try:
            from costcalc.analysis.cluster import on_dask
        except ModuleNotFoundError as error:
            raise CostcalcError(f"this needs {error.name}; install it with: pip install 'costcalc[dask]'") from None
        return on_dask(sweep, arguments.text("dask", dask))
    if jobs > 1 and len(sweep.starts) > 1:
        return _in_processes(sweep, min(jobs, len(sweep.starts)))
    return (evaluate(sweep, sweep.block(start)) for start in sweep.starts)


def in_order(sweep: Sweep, submit: Callable[[range], Any], ahead: int) -> Generator[Block, None, None]:
    """The results of futures, in the order of the blocks, with at most `ahead` of them waiting."""
    waiting: deque[Any] = deque()
    for start in sweep.starts:
        waiting.append(submit(sweep.block(start)))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _in_processes(sweep: Sweep, jobs: int) -> Generator[Block, None, None]:
    """The blocks, by processes of this machine. An interrupt ends them."""
    forked = sys.platform == "linux" and "torch" not in sys.modules  # torch's threads do not survive a fork
    context = multiprocessing.get_context("fork" if forked else "spawn")
    pool = ProcessPoolExecutor(jobs, context, initializer=_quiet)
    try:
        yield from in_order(sweep, lambda points: pool.submit(evaluate, sweep, points), AHEAD * jobs)
    except BrokenProcessPool:
        raise CostcalcError("a process of the sweep ended early, perhaps out of memory; give fewer --jobs") from None
    except BaseException:
        for process in list((pool._processes or {}).values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _quiet() -> None:
    """In a process of the pool: the parent ends it; prints of a model's code go to standard error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(2, 1)
