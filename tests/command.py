"""The command line, run in this process as `main` runs it."""

import contextlib
import io
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import costcalc
from costcalc.__main__ import main


@dataclass
class Done:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


def run(*arguments: str) -> Done:
    """costcalc with these arguments."""
    out, err = io.StringIO(), io.StringIO()
    streams = contextlib.redirect_stdout(out), contextlib.redirect_stderr(err)
    with mock.patch.object(sys, "argv", ["costcalc", *arguments]), streams[0], streams[1]:
        try:
            main()
        except SystemExit as end:
            return Done(int(end.code or 0), out.getvalue(), err.getvalue())
    raise AssertionError("main returned without an exit code")


def printed(*arguments: str) -> str:
    """What a command prints that has nothing to complain of."""
    done = run(*arguments)
    assert (done.code, done.err) == (0, "")
    return done.out


def refused(*arguments: str) -> str:
    """The line that bad input ends in: one, on standard error, after "costcalc: ", with exit code 2."""
    done = run(*arguments)
    assert done.code == 2, done
    assert done.out == ""
    assert done.err.startswith("costcalc: ")
    assert done.err.endswith("\n")
    assert len(done.err.splitlines()) == 1, done.err
    return done.err.removeprefix("costcalc: ").strip()


def shell(command: str, folder: Path | None = None) -> tuple[int, str, str]:
    """How a line for a shell ended, in which costcalc is the command: exit code, standard output and error."""
    line = f'costcalc() {{ {shlex.quote(sys.executable)} -m costcalc "$@"; }}; {command}'
    package = str(Path(costcalc.__file__).parents[1])
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        ["sh", "-c", line],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    return done.returncode, done.stdout, done.stderr
