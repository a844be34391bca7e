"""A command in a pseudo-terminal: what stands on its standard error, state by state, and what it prints."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

ERASE = "\r\x1b[K"


class Seen(NamedTuple):
    """What a command did: its exit code, standard output, and all that was written to the terminal."""

    code: int
    out: bytes
    err: str

    @property
    def lines(self) -> list[str]:
        """The states of the progress line."""
        return [each.split("\r")[0] for each in self.err.split(ERASE)[1:] if each.split("\r")[0].endswith(" s")]

    @property
    def left(self) -> str:
        """What the terminal shows at the end."""
        lines = [""]
        for part in re.split(r"(\r\n|\r\x1b\[K|\r)", self.err):
            if part == "\r\n":
                lines.append("")
            elif part == ERASE:
                lines[-1] = ""
            elif part != "\r":  # text after it would stand above what is there: that is kept, and seen by the test
                lines[-1] += part
        return "\n".join(lines)


def in_terminal(
    *words: str, cwd: Path | None = None, prelude: str = "", interrupt_at: Callable[[str], bool] | None = None,
    **environment: str,
) -> Seen:  # fmt: skip
    """Run costcalc with a terminal as its standard error, and a pipe as its standard output."""
    ours, theirs = pty.openpty()
    code = (
        f"{prelude}\nimport sys; sys.argv = ['costcalc', *{list(words)!r}]\nfrom costcalc.__main__ import main\nmain()"
    )
    environ = {**os.environ, "TERM": "xterm", **environment}
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, cwd=cwd,
        env=environ,
    )  # fmt: skip
    os.close(theirs)
    assert process.stdout is not None
    out, err = b"", b""
    streams = {process.stdout.fileno(), ours}
    end = time.monotonic() + 120
    while streams and time.monotonic() < end:
        for ready in select.select(streams, [], [], 1)[0]:
            try:
                data = os.read(ready, 65536)
            except OSError:  # the other end of a terminal is closed
                data = b""
            if not data:
                streams.discard(ready)
            elif ready == ours:
                err += data
                if interrupt_at is not None and interrupt_at(err.decode(errors="replace")):
                    process.send_signal(signal.SIGINT)
                    interrupt_at = None
            else:
                out += data
    process.stdout.close()
    os.close(ours)
    return Seen(process.wait(30), out, err.decode())
