"""Ways in which a forward pass hands its layers `a` and `b` to other threads."""

from __future__ import annotations

import _thread
import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
from typing import Any

import torch
from small_modules import module
from torch import nn

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
