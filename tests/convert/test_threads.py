"""Forward passes that hand work to other threads: the work is read on any thread, never lost."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from small_modules import costs, edges, named
from thread_ways import WAYS, Forward, by_functions, model
from torch import nn

from costcalc.convert.from_torch import from_torch


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_all_is_read(way: Forward, device: str) -> None:
    graph = from_torch(model(way).to(device), (4,))
    assert costs(graph) == (2 * (16 + 4) + 8 + 2, 2 * 4 * 4 + 4 * 2, "complete")
    assert graph.outputs[0].shape == (1, 2)


@pytest.mark.parametrize("way", WAYS)
def test_the_order_does_not_depend_on_timing(way: Forward) -> None:
    """As on one thread: a, b, their sum, c; either order if, for example, a waits for b."""
    orders = {tuple(named(from_torch(model(way), (4,)))) for _ in range(4)}
    assert len(orders) == 1
    assert [name for name in orders.pop() if name in ("a", "b", "c")] in (["a", "b", "c"], ["b", "a", "c"], ["c"])


def test_names_too() -> None:
    graph = from_torch(model(by_functions), (4,))
    wired = edges(graph)
    assert wired["matmul"] == ["input", "transpose"]
    assert wired["transpose"] == ["a.weight"]
    assert wired["matmul_2"] == ["input", "transpose_2"]
    assert wired["add"] == ["matmul", "matmul_2"]


def test_a_queue() -> None:
    """A tensor has to be made before the thread reads it: nodes are in order of time."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        given: queue.Queue[Any] = queue.Queue()
        made: queue.Queue[Any] = queue.Queue()

        def run() -> None:
            while (t := given.get()) is not None:
                made.put(self.b(t))

        thread = threading.Thread(target=run)
        thread.start()
        given.put(self.a(x))
        t = made.get()
        given.put(None)
        thread.join()
        return self.c(t)

    graph = from_torch(model(forward), (4,))
    assert edges(graph) == {"a": ["input"], "b": ["a"], "c": ["b"]}
    assert costs(graph) == (50, 40, "complete")


def test_derivatives_on_other_threads() -> None:
    """2·4·4 forward, as many for the gradients of the inputs, and 4·2."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        def run(part: Any) -> Any:
            t = x.detach().requires_grad_()
            return torch.autograd.grad(part(t).sum(), t)[0]

        with ThreadPoolExecutor(2) as pool:
            a, b = pool.map(run, (self.a, self.b))
            return self.c(a + b)

    graph = from_torch(model(forward), (4,))
    assert costs(graph) == (50, 2 * 2 * 16 + 8, "complete")
    assert graph.transformed


def test_ids_on_another_thread() -> None:
    """3 features of each of 5 ids: 5·3·2."""

    def forward(self: Any, ids: torch.Tensor) -> Any:
        with ThreadPoolExecutor(1) as pool:
            return self.c(pool.submit(self.e, ids).result())

    graph = from_torch(model(forward, e=nn.Embedding(9, 3), c=nn.Linear(3, 2)), (5,))
    assert costs(graph) == (27 + 8, 30, "complete")
    assert graph.inputs[0].integer


def test_a_task_that_is_cancelled_never_runs() -> None:
    def forward(self: Any, x: torch.Tensor) -> Any:
        hold = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(hold.wait)
            assert pool.submit(self.a, x).cancel()
            hold.set()
            return self.c(self.b(x))

    assert costs(from_torch(model(forward), (4,))) == (50, 16 + 8, "complete")


def test_what_nobody_waits_for_counts() -> None:
    def forward(self: Any, x: torch.Tensor) -> Any:
        threading.Thread(target=self.a, args=(x,)).start()
        return self.c(self.b(x))

    assert costs(from_torch(model(forward), (4,))) == (50, 40, "complete")
