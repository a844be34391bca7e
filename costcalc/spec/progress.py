"""How far long work has come: the functions that do it tell a watcher. By default there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeVar

T = TypeVar("T")


class Task:
    """Work that is under way.

    label   what is done: ``reading googlenet``
    length  number of its steps; None if that is not known
    done    number of steps that are done
    detail  the step that it is at; may be empty
    """

    def __init__(self, label: str, length: float | None = None) -> None:
        self.label, self.length, self.done, self.detail = label, length, 0.0, ""


class Watcher(Protocol):
    """Is told of each task when it begins and when it ends; tasks lie within each other."""

    def begin(self, task: Task, /) -> None:
        """A task has begun."""

    def end(self, task: Task, /) -> None:
        """A task has ended, perhaps by an exception."""


WATCHER: ContextVar[Watcher | None] = ContextVar("WATCHER", default=None)
"""The watcher of this run; None: progress is not shown."""


@contextmanager
def task(label: str, length: float | None = None) -> Iterator[Task]:
    """A task, for as long as the block runs; the block moves its `done` and `detail` on."""
    made, watcher = Task(label, length), WATCHER.get()
    if watcher is not None:
        watcher.begin(made)
    try:
        yield made
    finally:
        if watcher is not None:
            watcher.end(made)


def steps(items: Sequence[T], label: str, name: Callable[[T], str] = str) -> Iterator[T]:
    """The items, each a step of a task. `name` gives the detail."""
    with task(label, len(items)) as made:
        for item in items:
            made.detail = name(item)
            yield item
            made.done += 1
