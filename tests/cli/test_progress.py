"""Progress: on standard error, on a terminal alone, after a second, and gone when something else is printed."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from terminal import ERASE, in_terminal

import costcalc
from costcalc.cli.progress import Line, text, watching
from costcalc.spec.progress import WATCHER, Task, steps, task

FAST = "import costcalc.cli.progress as p; p.DELAY = p.PAUSE = 0.05"
"""Shows the line after a 20th of a second, so that tests need not wait."""

SLOW = """
import sys, time
from torch import nn

def slow(fails=False, says=""):
    time.sleep(0.5)
    if says:
        print(says)
        time.sleep(0.5)
    if fails:
        raise ValueError("no such layer")
    return nn.Linear(3, 4)

def stuck():
    time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pytest.importorskip("torch")
    (tmp_path / "net.py").write_text(SLOW)
    return tmp_path


SLOWLY = ("table", "net.py:slow", "--input", "3")


def test_a_line_is_shown_and_is_gone_at_the_end(folder: Path) -> None:
    """Standard output has the same bytes with a terminal as without, where standard error has none."""
    seen = in_terminal(*SLOWLY, cwd=folder, prelude=FAST)
    assert any(line.startswith("reading net.py:slow  ") for line in seen.lines)
    assert (seen.code, seen.left) == (0, "")
    piped = subprocess.run([sys.executable, "-m", "costcalc", *SLOWLY], cwd=folder, capture_output=True, check=True)
    assert (piped.stdout, piped.stderr) == (seen.out, b"")


def test_a_real_second(folder: Path) -> None:
    """With the delay as it is: importing torch and half a second of sleep, three times, are more than a second."""
    words = ["compare", *(f"net.py:slow label={i}" for i in range(3)), "--input", "3"]
    seen = in_terminal(*words, cwd=folder)
    assert any(line.startswith("reading  [") and "/3  net.py:slow" in line for line in seen.lines)
    assert seen.left == ""


def test_a_dumb_terminal_has_no_line(folder: Path) -> None:
    assert in_terminal(*SLOWLY, cwd=folder, prelude=FAST, TERM="dumb").err == ""


def test_an_error_stands_alone(folder: Path) -> None:
    seen = in_terminal(*SLOWLY, "--arg", "fails=True", cwd=folder, prelude=FAST)
    assert seen.lines
    assert seen.code == 2
    assert seen.left.startswith("costcalc: ")
    assert "no such layer" in seen.left
    assert seen.left.count("\n") == 1


def test_what_a_model_prints_stands_alone(folder: Path) -> None:
    seen = in_terminal(*SLOWLY, "--arg", "says=hello", cwd=folder, prelude=FAST)
    assert len(seen.lines) > 1
    assert seen.left == "hello\n"


def test_an_interrupt_erases_it(folder: Path) -> None:
    seen = in_terminal(
        "table", "net.py:stuck", "--input", "3", cwd=folder, prelude=FAST,
        interrupt_at=lambda err: "reading net.py:stuck  1 s" in err,
    )  # fmt: skip
    assert (seen.code, seen.left) == (130, "costcalc: stopped\n")


def test_python_is_silent(folder: Path) -> None:
    """`costcalc.cost` in a script writes nothing, also to a terminal."""
    code = "import sys, costcalc; sys.stdout.write(str(costcalc.cost('net.py:slow', input=(3,)).params)); sys.exit()"
    seen = in_terminal(cwd=folder, prelude=f"{FAST}\n{code}")
    assert (seen.out, seen.err) == (b"16", "")


def test_a_stream_that_is_not_a_terminal() -> None:
    for stream in (io.StringIO(), None):
        with watching(stream):
            assert WATCHER.get() is None


def test_nothing_is_written_before_the_delay() -> None:
    ours, theirs = os.pipe()
    line = Line(theirs)
    line.begin(Task("reading"))
    line.close()
    os.close(theirs)
    assert os.read(ours, 100) == b""
    os.close(ours)


def test_the_text_of_the_line() -> None:
    verifying, tool = Task("verifying", 4), Task("tool", 3)
    verifying.done, verifying.detail, tool.done, tool.detail = 1, "vgg16", 2, "fvcore"
    one = Task("reading vgg16")
    assert text([Task("costcalc verify")], 1.2, 80) == "costcalc verify  1 s"
    assert text([Task("costcalc verify"), one], 61.0, 80) == "reading vgg16  61 s"
    bar = "verifying  [#####---------------]  1/4  vgg16  tool 2/3 fvcore  12 s"
    assert text([Task("costcalc verify"), verifying, tool], 12.0, 80) == bar
    assert text([verifying, tool], 12.0, 30) == f"{bar[:28]}…"
    assert text([Task("reading", 1), Task("reading \x1b[2J\n")], 2.0, 80) == "reading \\x1b[2J\\n  2 s"


def test_steps_tell_a_watcher_also_when_they_fail() -> None:
    told: list[tuple[str, str, float, str]] = []

    class Told:
        def begin(self, task: Task) -> None:
            told.append(("begin", task.label, task.done, task.detail))

        def end(self, task: Task) -> None:
            told.append(("end", task.label, task.done, task.detail))

    token = WATCHER.set(Told())
    try:
        assert list(steps("ab", "letters")) == ["a", "b"]
        with pytest.raises(ZeroDivisionError), task("dividing"):
            _ = 1 / 0
    finally:
        WATCHER.reset(token)
    assert told[:2] == [("begin", "letters", 0, ""), ("end", "letters", 2, "b")]
    assert told[2:] == [("begin", "dividing", 0, ""), ("end", "dividing", 0, "")]


LONG: dict[str, tuple[Any, str, float]] = {
    "sweep": (lambda: costcalc.sweep("lenet5", classes=[*range(1, 3)], batch=[1, 2]), "blocks", 1),
    "search": (lambda: costcalc.search("lenet5", {"classes": [5, 10]}, maximize=["params"]), "blocks", 1),
    "reading": (lambda: costcalc.cost("googlenet"), "reading googlenet", 0),
    "claims": (lambda: costcalc.claims(), "claims", 0),
    "memory": (lambda: costcalc.memory("lenet5", fits="1GiB"), "the largest batch that fits", 0),
}


@pytest.mark.parametrize("case", LONG)
def test_who_tells(case: str) -> None:
    call, label, least = LONG[case]
    done: dict[str, float] = {}

    class Told:
        def begin(self, task: Task) -> None:
            pass

        def end(self, task: Task) -> None:
            done[task.label] = task.done

    token = WATCHER.set(Told())
    try:
        call()
    finally:
        WATCHER.reset(token)
    assert done[label] >= least


def test_rows_that_are_printed_as_they_come_have_no_line_between_them(folder: Path) -> None:
    """A sweep prints block by block: the line is gone for good when the first rows are there."""
    seen = in_terminal(
        "sweep", "net.py:slow", "--input", "3", "--batch", "1,2,3", "--format", "csv", cwd=folder, prelude=FAST
    )
    assert seen.code == 0
    assert seen.out.decode().splitlines()[0].startswith("batch,input,params,mult_adds")
    assert seen.left == ""
    assert ERASE in seen.err
