"""Threads and pools that were there before a model is read, and that run beside it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
from typing import Any

import pytest
import torch
from small_modules import costs
from thread_ways import model
from torch import nn

from costcalc.convert.from_torch import from_torch
from costcalc.spec import CostcalcError


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """One whose threads run before a model is read, and after."""
    with ThreadPoolExecutor(2) as made:
        both = threading.Barrier(3)
        for _ in range(2):
            made.submit(both.wait)
        both.wait()
        yield made


def test_a_pool_that_was_there_before(pool: ThreadPoolExecutor) -> None:
    """Afterwards its threads are in no mode: gradients are recorded, and nothing is on the meta device."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        a, b = pool.map(lambda part: part(x), (self.a, self.b))
        return self.c(a + b)

    made = model(forward)
    assert costs(from_torch(made, (4,))) == (50, 40, "complete")
    assert pool.submit(torch.is_grad_enabled).result()
    made(torch.ones(1, 4)).sum().backward()
    assert made.a.weight.grad is not None
    assert made.a.weight.grad.device.type == "cpu"


def test_a_pool_of_the_other_kind_that_was_there_before() -> None:
    with ThreadPool(2) as workers:

        def forward(self: Any, x: torch.Tensor) -> Any:
            a, b = workers.map(lambda part: part(x), (self.a, self.b))
            return self.c(a + b)

        assert costs(from_torch(model(forward), (4,))) == (50, 40, "complete")


class Worker(nn.Module):
    """With a thread of its own, which runs layers, or functions."""

    def __init__(self, run: Any) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 2)
        self.given: queue.Queue[Any] = queue.Queue()
        self.made: queue.Queue[Any] = queue.Queue()
        self.run = run
        threading.Thread(target=self.work, daemon=True).start()

    def work(self) -> None:
        while (given := self.given.get()) is not None:
            self.made.put(self.run(*given))

    def forward(self, x: torch.Tensor) -> Any:
        self.given.put((self.a, x))
        self.given.put((self.b, x))
        return self.c(self.made.get() + self.made.get())


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_a_thread_that_was_there_before(device: str) -> None:
    """Calls of layers are read on any thread; functions there are not seen, only their results."""
    layers, functions = (
        Worker(lambda part, x: part(x)).to(device),
        Worker(lambda part, x: x @ x.new_ones(4, 4)).to(device),
    )
    try:
        assert costs(from_torch(layers, (4,))) == (50, 40, "complete")
        with pytest.raises(CostcalcError, match="takes what another thread computes, where it cannot be read"):
            from_torch(functions, (4,))
    finally:
        layers.given.put(None)
        functions.given.put(None)


OF_NUMBERS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "tensor": lambda x: x * torch.tensor(2.0, device=x.device),
    "tensor on the CPU": lambda x: x * torch.tensor([2.0]),
    "empty": lambda x: torch.cat([torch.tensor([], device=x.device), x.flatten()]),
    "as_tensor": lambda x: x + torch.as_tensor([1.0], device=x.device),
    "asarray": lambda x: x + torch.asarray([1.0], device=x.device),
    "new_tensor": lambda x: x + x.new_tensor([1.0]),
    "new": lambda x: x + x.new([1.0, 2.0, 3.0, 4.0]),
    "Tensor": lambda x: x + torch.Tensor([1.0]).to(x.device),
    "arange": lambda x: x + torch.arange(4, device=x.device),
}
"""Ways to make a tensor from numbers in a forward pass."""


@pytest.mark.parametrize("function", OF_NUMBERS.values(), ids=OF_NUMBERS)
def test_numbers_while_another_thread_runs(function: Callable[[torch.Tensor], torch.Tensor]) -> None:
    """As in a notebook. A tensor that this thread makes from numbers is not a result of another thread."""
    end = threading.Event()
    threading.Thread(target=end.wait, daemon=True).start()
    try:
        assert costs(from_torch(model(lambda self, x: self.c(function(x).reshape(1, 4)), c=nn.Linear(4, 2)), (4,))) == (
            10,
            8,
            "complete",
        )
    finally:
        end.set()


PASSED_ON: list[Callable[[torch.Tensor], torch.Tensor]] = [torch.as_tensor, torch.asarray, torch.Tensor.detach_]


@pytest.mark.parametrize("function", PASSED_ON)
def test_results_of_another_thread_that_are_passed_on(function: Callable[[torch.Tensor], torch.Tensor]) -> None:
    worker = Worker(lambda part, x: x @ x.new_ones(4, 4))
    got = worker.made.get
    worker.made.get = lambda: function(got())  # type: ignore[method-assign]
    try:
        with pytest.raises(CostcalcError, match="takes what another thread computes, where it cannot be read"):
            from_torch(worker, (4,))
    finally:
        worker.given.put(None)
