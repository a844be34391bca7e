"""Work for other processes, and work that is not done: refused in a line. Threads that take no part."""

from __future__ import annotations

import multiprocessing
import os
import queue
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest
import torch
from small_modules import costs
from thread_ways import Forward, by_executor, model

from costcalc.convert.from_torch import from_torch
from costcalc.spec import CostcalcError

# Refused in a line


def by_processes(self: Any, x: torch.Tensor) -> Any:
    with ProcessPoolExecutor(1) as pool:
        return self.c(pool.submit(self.a, x).result())


def by_a_pool_of_processes(self: Any, x: torch.Tensor) -> Any:
    with multiprocessing.Pool(1) as pool:
        return self.c(pool.apply(self.a, (x,)))


def by_a_process(self: Any, x: torch.Tensor) -> Any:
    multiprocessing.Process(target=self.a, args=(x,)).start()
    return self.c(x)


def by_a_fork(self: Any, x: torch.Tensor) -> Any:
    os.fork()
    return self.c(x)


def by_a_pipe(self: Any, x: torch.Tensor) -> Any:
    here, there = multiprocessing.Pipe()
    here.send({"x": [x]})
    return self.c(there.recv()["x"][0])


@pytest.mark.parametrize("way", [by_processes, by_a_pool_of_processes, by_a_process, by_a_fork, by_a_pipe])
def test_processes(way: Forward) -> None:
    with pytest.raises(CostcalcError, match="hands work to another process, where it cannot be read"):
        from_torch(model(way), (4,))


def test_an_error_on_another_thread() -> None:
    """If a model goes on without the result of a thread that failed, it is not read."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        thread = threading.Thread(target=lambda: self.a(x[:, :3]))
        thread.start()
        thread.join()
        return self.c(self.b(x))

    with pytest.raises(CostcalcError, match=r"does not run at input 4.*: RuntimeError: "):
        from_torch(model(forward), (4,))


def test_work_that_is_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread goes on as if it had never been read."""
    monkeypatch.setattr("costcalc.convert.torch_reader.threads.PATIENCE", 0.1)
    given: queue.Queue[Any] = queue.Queue()
    made: queue.Queue[Any] = queue.Queue()

    def run() -> None:
        while (task := given.get()) is not None:
            made.put(task())

    def forward(self: Any, x: torch.Tensor) -> Any:
        threading.Thread(target=run, daemon=True).start()
        given.put(lambda: self.a(x))
        return self.c(made.get())

    read = model(forward)
    with pytest.raises(CostcalcError, match="returns before the work is done that it hands to another thread"):
        from_torch(read, (4,))
    given.put(lambda: read.b(torch.ones(1, 4)))
    assert made.get().requires_grad
    given.put(None)


def test_a_thread_that_has_no_part_in_it() -> None:
    """Such as one that only draws a progress bar."""
    end = threading.Event()

    def forward(self: Any, x: torch.Tensor) -> Any:
        threading.Thread(target=end.wait, daemon=True).start()
        return self.c(self.b(self.a(x)))

    assert costs(from_torch(model(forward), (4,))) == (50, 40, "complete")
    end.set()


def test_functions_are_put_back() -> None:
    before = threading.Thread.start, ThreadPoolExecutor.submit, os.fork, multiprocessing.Process.start
    from_torch(model(by_executor), (4,))
    with pytest.raises(CostcalcError):
        from_torch(model(by_processes), (4,))
    assert before == (threading.Thread.start, ThreadPoolExecutor.submit, os.fork, multiprocessing.Process.start)
