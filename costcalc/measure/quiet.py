"""Silence for code of torch that prints lines of its own, also past Python's streams."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress


@contextmanager
def quiet() -> Iterator[None]:
    """Discard what is printed to standard output and standard error, also by C++ code such as Kineto's.

    For a few calls of a library only: prints of other threads in the meantime are lost too.
    """
    with ExitStack() as stack:
        for number, stream in ((1, sys.stdout), (2, sys.stderr)):
            with suppress(OSError, AttributeError, ValueError):  # a stream that is closed, or not a file
                stream.flush()
                kept = os.dup(number)
                stack.callback(os.close, kept)
                stack.callback(os.dup2, kept, number)
                stack.callback(stream.flush)
                _discard(number)
        yield


def _discard(number: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
