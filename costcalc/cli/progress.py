"""A line on standard error that says how far a command has come: after a second, on a terminal, and gone at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from costcalc.spec.progress import WATCHER, Task

DELAY, PAUSE = 1.0, 0.2
"""Seconds before the line is shown, and between two of its states."""

ERASE = b"\r\x1b[K"


@contextmanager
def watching(stream: Any) -> Iterator[None]:
    """Show the progress of the block on this stream if it is a terminal. What else is printed there stands alone."""
    if not _is_terminal(stream):
        yield
        return
    line = Line(stream.fileno())
    token = WATCHER.set(line)
    if stream is sys.stderr:
        sys.stderr = _Beside(stream, line)
    try:
        yield
    finally:
        line.close()
        WATCHER.reset(token)
        if isinstance(sys.stderr, _Beside):
            sys.stderr = stream


def erase(for_good: bool = False) -> None:
    """Erase the line, if there is one: something else is to be printed. For good: the command's output begins."""
    line = WATCHER.get()
    if isinstance(line, Line):
        line.close() if for_good else line.erase()


def _is_terminal(stream: Any) -> bool:
    """True for a terminal in which a line can be erased."""
    try:
        return bool(stream.isatty()) and stream.fileno() >= 0 and os.environ.get("TERM") != "dumb"
    except (OSError, ValueError, AttributeError):  # closed, or not a file
        return False


class Line:
    """The watcher: a thread of its own shows the tasks that are under way, also while the others do not answer."""

    def __init__(self, file: int) -> None:
        from threading import Event, Lock, Thread

        self.file, self.process, self.tasks, self.shown = file, os.getpid(), list[Task](), False
        self._lock, self._closed = Lock(), Event()
        Thread(target=self._run, daemon=True).start()

    def begin(self, task: Task) -> None:
        """A task has begun."""
        self.tasks.append(task)

    def end(self, task: Task) -> None:
        """A task has ended."""
        with suppress(ValueError):
            self.tasks.remove(task)

    def erase(self) -> None:
        """Erase the line."""
        if os.getpid() != self.process:  # a process that was forked, whose lock nobody may release
            return
        with self._lock:
            self._erase()

    def close(self) -> None:
        """Erase the line, for good."""
        self._closed.set()
        self.erase()

    def _run(self) -> None:
        from time import monotonic

        start = monotonic()
        pause = DELAY
        while not self._closed.wait(pause):
            pause, tasks = PAUSE, [*self.tasks]
            if tasks:
                said = text(tasks, monotonic() - start, self._columns())
                with self._lock:
                    if not self._closed.is_set():
                        self._write(ERASE + said.encode(errors="replace") + b"\r")
                        self.shown = True

    def _columns(self) -> int:
        try:
            return os.get_terminal_size(self.file).columns or 80
        except OSError:
            return 80

    def _erase(self) -> None:
        if self.shown:
            self._write(ERASE)
            self.shown = False

    def _write(self, data: bytes) -> None:
        with suppress(OSError):
            os.write(self.file, data)


def text(tasks: list[Task], seconds: float, columns: int) -> str:
    """``verify  [####----]  4/9  googlenet  fvcore  12 s``: the outermost task with steps has a bar."""
    from io import StringIO

    from click import progressbar

    from costcalc.spec.printable import visible

    first = next((each for each in tasks if each.length is not None and each.length > 1), None)
    if first is None or first.length is None:
        said = [tasks[-1].label, tasks[-1].detail]
    else:
        bar = progressbar(
            length=1000, label=visible(first.label), width=20, show_percent=False, show_eta=False, file=StringIO()
        )
        bar.pos = min(int(1000 * first.done / first.length), 1000)
        within = tasks[tasks.index(first) + 1 :]
        said = [bar.format_progress_line().rstrip(), f"{first.done:,.0f}/{first.length:,.0f}", first.detail]
        said += [_short(each) for each in within]
    line = "  ".join(filter(None, [*map(visible, said), f"{seconds:.0f} s"]))
    return line if len(line) < columns else f"{line[: max(columns - 2, 0)]}…"


def _short(task: Task) -> str:
    at = f" {task.done:,.0f}/{task.length:,.0f}" if task.length is not None and task.length > 1 else ""
    return f"{task.label}{at} {task.detail}".strip()


class _Beside:
    """Standard error: what is written to it erases the line first."""

    def __init__(self, stream: Any, line: Line) -> None:
        self._stream, self._line = stream, line

    def write(self, text: str) -> int:
        """Write after the line has been erased."""
        self._line.erase()
        written: int = self._stream.write(text)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
