"""Forward passes that hand work to other threads: the work is read on any thread, or refused in a line, never lost."""

from __future__ import annotations

import _thread
import asyncio
import multiprocessing
import os
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
from typing import Any

import pytest
import torch
from small_modules import costs, edges, module, named
from torch import nn

from costcalc.convert.from_torch import from_torch
from costcalc.spec import CostcalcError

Forward = Callable[[Any, torch.Tensor], Any]


def by_executor(self: Any, x: torch.Tensor) -> Any:
    with ThreadPoolExecutor(2) as pool:
        made = [pool.submit(part, x) for part in (self.a, self.b)]
        return self.c(made[0].result() + made[1].result())


def by_map(self: Any, x: torch.Tensor) -> Any:
    with ThreadPoolExecutor(2) as pool:
        a, b = pool.map(lambda part: part(x), (self.a, self.b))
        return self.c(a + b)


def by_functions(self: Any, x: torch.Tensor) -> Any:
    with ThreadPoolExecutor(2) as pool:
        a, b = pool.map(lambda part: x @ part.weight.t(), (self.a, self.b))
        return self.c(a + b)


def by_threads(self: Any, x: torch.Tensor) -> Any:
    made: dict[str, torch.Tensor] = {}

    def run(name: str) -> None:
        made[name] = getattr(self, name)(x)

    threads = [threading.Thread(target=run, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return self.c(made["a"] + made["b"])


class Runs(threading.Thread):
    def __init__(self, part: nn.Module, x: torch.Tensor) -> None:
        super().__init__()
        self.part, self.x = part, x

    def run(self) -> None:
        self.made = self.part(self.x)


def by_a_class(self: Any, x: torch.Tensor) -> Any:
    threads = [Runs(self.a, x), Runs(self.b, x)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return self.c(threads[0].made + threads[1].made)


def by_primitives(self: Any, x: torch.Tensor) -> Any:
    made: list[torch.Tensor] = []
    done = threading.Event()

    def run() -> None:
        made.extend((self.a(x), self.b(x)))
        done.set()

    _thread.start_new_thread(run, ())
    done.wait()
    return self.c(made[0] + made[1])


def by_apply(self: Any, x: torch.Tensor) -> Any:
    with ThreadPool(2) as pool:
        made = pool.apply_async(self.b, (x,))
        return self.c(pool.apply(self.a, (x,)) + made.get())


def by_star(self: Any, x: torch.Tensor) -> Any:
    with ThreadPool(2) as pool:
        a, b = pool.starmap(lambda part, t: part(t), [(self.a, x), (self.b, x)])
        return self.c(a + b)


def by_imap(self: Any, x: torch.Tensor) -> Any:
    with ThreadPool(2) as pool:
        a, b = pool.imap(lambda part: part(x), iter((self.a, self.b)))
        return self.c(a + b)


def by_asyncio(self: Any, x: torch.Tensor) -> Any:
    async def run() -> Any:
        inside = asyncio.get_running_loop().run_in_executor(None, self.b, x)
        return await asyncio.to_thread(self.a, x) + await inside

    return self.c(asyncio.run(run()))


def by_coroutines(self: Any, x: torch.Tensor) -> Any:
    async def one(part: Any) -> Any:
        await asyncio.sleep(0)
        return part(x)

    async def run() -> Any:
        return sum(await asyncio.gather(one(self.a), one(self.b)))

    return self.c(asyncio.run(run()))


def by_forks(self: Any, x: torch.Tensor) -> Any:
    made = [torch.jit.fork(part, x) for part in (self.a, self.b)]
    return self.c(torch.jit.wait(made[0]) + torch.jit.wait(made[1]))


def by_nesting(self: Any, x: torch.Tensor) -> Any:
    def run() -> Any:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(self.b, x).result()

    with ThreadPoolExecutor(1) as pool:
        return self.c(self.a(x) + pool.submit(run).result())


def by_a_barrier(self: Any, x: torch.Tensor) -> Any:
    both = threading.Barrier(2)

    def run(part: Any) -> Any:
        both.wait()
        return part(x)

    with ThreadPoolExecutor(2) as pool:
        a, b = pool.map(run, (self.a, self.b))
        return self.c(a + b)


WAYS: list[Forward] = [
    by_executor, by_map, by_functions, by_threads, by_a_class, by_primitives, by_apply, by_star, by_imap, by_asyncio,
    by_coroutines, by_forks, by_nesting, by_a_barrier,
]  # fmt: skip


def model(forward: Forward, **parts: nn.Module) -> nn.Module:
    """Of two layers of 4·4 on other threads, and one of 4·2 after them."""
    return module(forward, **(parts or {"a": nn.Linear(4, 4), "b": nn.Linear(4, 4), "c": nn.Linear(4, 2)}))


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
