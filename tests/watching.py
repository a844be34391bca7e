"""What a piece of code does besides computing: files it writes, processes it starts, connections it opens."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WRITES = {
    "os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate",
    "os.utime", "shutil.copyfile", "shutil.move", "shutil.rmtree", "tempfile.mkdtemp", "tempfile.mkstemp",
}  # fmt: skip
STARTS = {
    "os.exec", "os.fork", "os.forkpty", "os.kill", "os.posix_spawn", "os.spawn", "os.startfile", "os.system",
    "pty.spawn", "subprocess.Popen",
}  # fmt: skip
CONNECTS = {"socket.bind", "socket.connect", "socket.getaddrinfo", "socket.sendto", "urllib.Request"}
LOADS = {"pickle.find_class", "ctypes.dlopen"}

_LISTENERS: list[list[str]] = []


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if not _LISTENERS:
        return
    if event == "open":
        path, mode, flags = args
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        if (mode is not None and set(str(mode)) & set("wax+")) or writes:
            _LISTENERS[-1].append(f"open for writing: {path!r}")
    elif event in WRITES | STARTS | CONNECTS | LOADS:
        _LISTENERS[-1].append(f"{event}: {args!r:.200}")
    elif event == "import" and args[0].partition(".")[0] not in {name.partition(".")[0] for name in sys.modules}:
        _LISTENERS[-1].append(f"import: {args[0]}")


sys.addaudithook(_hook)


@contextmanager
def watched(folder: Path) -> Iterator[list[str]]:
    """What happens while this lasts, a text per event: empty if nothing did.

    The folder's files are compared too, since some of torch's functions write past Python.
    """
    before, seen = _files(folder), list[str]()
    _LISTENERS.append(seen)
    try:
        yield seen
    finally:
        _LISTENERS.pop()
        if _files(folder) != before:
            seen.append(f"files of {folder} have changed")


def _files(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
