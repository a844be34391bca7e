"""All output: reports and help go to standard output or into a file, whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any, TextIO

from costcalc.cli.progress import erase
from costcalc.spec.errors import CostcalcError

if TYPE_CHECKING:
    from costcalc.report.report import Report


def emit(report: Report, format: str, output: str | None) -> None:
    """Print a report, or write it to a file, whole or not at all. Text fits the terminal."""
    from costcalc.report.report import terminal_width

    print_or_write(report.render(format, terminal_width()), output)


def is_printed(output: str | None) -> bool:
    """True if the output goes to standard output: without a file, or if that is where the file is (/dev/stdout)."""
    return output is None or output == "-" or _is(sys.stdout, output)


def print_or_write(text: str, output: str | None) -> None:
    """Write to a file. Prints if there is none, or if the file is a standard stream."""
    if output is None or is_printed(output):
        echo(text)
    elif _is(sys.stderr, output):
        echo(text, err=True)
    else:
        write(output, text)


def echo(text: str, err: bool = False) -> None:
    """Print all of a text to standard output, or to standard error. A closed pipe is not an error.

    Raises CostcalcError if the text cannot be written for another reason.
    """
    stream, name = (sys.stderr, "standard error") if err else (sys.stdout, "standard output")
    try:
        erase(for_good=not err)
        if stream is None:  # closed when Python started
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        _print(
            text, stream, stream.encoding if err else "utf-8"
        )  # as files are written; Latin-1 lacks the signs of formulas
    except BrokenPipeError:
        pass
    except (OSError, ValueError) as error:
        raise CostcalcError(f"cannot write to {name}: {_why(error)}") from None


def _print(text: str, stream: TextIO, encoding: str) -> None:
    """Write to the file of a stream, buffered: an unbuffered stream of Python loses text on a full disk."""
    stream.flush()
    try:
        number = stream.fileno()
    except (OSError, AttributeError):  # not a file: a notebook's, a test's
        stream.write(text)
        return
    with open(number, "w", encoding=encoding, errors="backslashreplace", closefd=False) as out:
        out.write(text)


def tell(line: str) -> None:
    """Print a line to standard error, if possible."""
    from costcalc.report.escape import visible

    with suppress(CostcalcError):
        echo(f"{visible(line)}\n", err=True)


def check_file(file: str) -> None:
    """Check that a file can be written, as far as possible before the work is done.

    Raises CostcalcError for a folder, a file in a folder that does not exist, and a file without permission to write.
    """
    try:
        folder = os.path.dirname(os.path.abspath(file))
    except OSError:  # the current folder has been deleted
        folder = ""
    if os.path.isdir(file) or file.endswith(os.sep):
        raise CostcalcError(f"{file!r} is a folder; name a file")
    if not file or not os.path.isdir(folder):
        raise CostcalcError(f"{file!r}: its folder does not exist; name a file in a folder you can write to")
    with suppress(OSError, ValueError):
        _check_permission(file, os.stat(file))


def write(file: str, text: str) -> None:
    """Write a file whole: see `writing`."""
    with writing(file) as stream:
        stream.write(text)


@contextmanager
def writing(file: str, binary: bool = False) -> Iterator[IO[Any]]:
    """Write a file whole: a draft beside it, moved into place at the end. A link keeps pointing at its file.

    A file that is replaced keeps its permissions, its owner and its extended attributes. Raises CostcalcError if
    that is not possible; an old file is then unchanged.
    """
    try:
        old = _status(file)
        if old is not None and not stat.S_ISREG(old.st_mode):  # a pipe or a device: there is nothing to keep whole
            with _opened(file, binary) as stream:
                yield stream
            return
        if old is not None:
            _check_permission(file, old)
        with _draft(os.path.realpath(file), binary) as (draft, stream):
            yield stream
            stream.close()
            if old is not None:
                _keep(file, old, draft)
            else:
                os.chmod(draft, 0o666 & ~_umask())
    except (OSError, ValueError) as error:
        raise CostcalcError(f"cannot write {file!r}: {_why(error)}; name a file in a folder you can write to") from None


def _opened(file: str | int, binary: bool) -> IO[Any]:
    return open(file, "wb") if binary else open(file, "w", encoding="utf-8")


@contextmanager
def _draft(target: str, binary: bool) -> Iterator[tuple[str, IO[Any]]]:
    """A new file beside the target, moved into its place at the end; removed after an error."""
    import tempfile

    handle, draft = tempfile.mkstemp(prefix=".costcalc.", dir=os.path.dirname(target))
    try:
        with _opened(handle, binary) as stream:
            yield draft, stream
        os.replace(draft, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(draft)
        raise


def _keep(file: str, old: os.stat_result, draft: str) -> None:
    """Give the draft the owner, permissions and extended attributes of the file that it replaces."""
    import shutil

    new = os.stat(draft)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.chown(draft, old.st_uid, old.st_gid)
        except OSError:
            raise CostcalcError(
                f"cannot write {file!r}: the file would not keep its owner, user {old.st_uid} and group {old.st_gid}; "
                "name another file"
            ) from None
    shutil.copystat(file, draft)
    os.utime(draft)  # copystat set the old times


def _check_permission(file: str, status: os.stat_result) -> None:
    """Raises CostcalcError for a read-only file (also for root), and for a file that this user may not write."""
    if stat.S_ISREG(status.st_mode) and not (status.st_mode & 0o222 and os.access(file, os.W_OK)):
        raise CostcalcError(
            f"cannot write {file!r}: the file is read-only; allow writing with chmod, or name another file"
        )


def _status(file: str) -> os.stat_result | None:
    """The status of a file; None if it does not exist."""
    try:
        return os.stat(file)
    except FileNotFoundError:
        return None


def _is(stream: TextIO | None, file: str) -> bool:
    """True if the file is where a stream goes, such as /dev/stdout."""
    try:
        return stream is not None and os.path.samestat(os.fstat(stream.fileno()), os.stat(file))
    except (OSError, ValueError, AttributeError):
        return False


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _why(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
