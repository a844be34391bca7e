"""A model at two git revisions, each read in a process of its own, so that their modules do not mix."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeVar

from costcalc.api.git import Repository, Revision, files_at, repository, revisions
from costcalc.spec.errors import CostcalcError, first_line
from costcalc.spec.request import Request

Made = TypeVar("Made")


class Task(NamedTuple):
    """What the process of a revision reads: a Request, and what it makes of it, such as a Snapshot of its costs.

    tree  the folder with the files of the revision; `top` is that of the user's own
    """

    request: Request
    make: Callable[[Request], Any]
    tree: str
    top: str


START = "import sys; sys.path[:] = {path!r}; import costcalc.api.revisions as r; r.answer(*sys.argv[1:])"
"""The process finds costcalc, and all that it needs, where this one does."""


def at_revisions(request: Request, given: str, make: Callable[[Request], Made]) -> tuple[Made, Made]:
    """What `make` makes of a model of the repository in the current folder, at the revisions of ``A..B``.

    make  a function of a module, also with arguments by `functools.partial`: it goes to another process

    Raises CostcalcError, in one line that names the revision, if there is no such revision or its model cannot be read;
    and for a model that is not one of the repository.
    """
    own = repository()
    request = _in_repository(request, own)
    found = []
    with _stops_in_order():
        for revision in revisions(given):
            label = f"{request.label or f'{request} {request.setting}'.strip()} at {revision}"
            with files_at(revision, own) as tree:
                task = Task(replace(request, label=label), make, tree, own.top)
                found.append(_read(task, os.path.join(tree, own.prefix), revision))
    return found[0], found[1]


@contextmanager
def _stops_in_order() -> Iterator[None]:
    """While this lasts a signal to end the process raises SystemExit, so that temporary files are removed."""

    def stop(number: int, frame: Any) -> None:
        sys.exit(128 + number)

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _in_repository(request: Request, own: Repository) -> Request:
    """The Request with the paths of its files from the current folder, if its model is one of the repository."""
    wrong = CostcalcError(
        f"{request} is not a model of the repository; --rev reads file.py:Net, package.module:callable or net.onnx"
    )
    if not isinstance(request.model, str):
        raise wrong
    if isinstance(request.input, str):
        source, colon, name = request.input.rpartition(":")
        if source.endswith(".py"):
            inputs = _from_here(source, own) or os.path.abspath(source)
            request = replace(request, input=inputs + colon + name)
    file, colon, name = request.model.rpartition(":") if request.has_source else (request.model, "", "")
    if request.has_source and not file.endswith(".py"):
        if file in SOURCES:
            raise wrong
        return request
    path = _from_here(file, own) if file.endswith((".py", ".json", ".onnx")) else None
    if path is None:
        raise wrong
    return replace(request, model=path + colon + name)


SOURCES = ("torchvision", "timm", "hf", "keras")
"""Libraries that a MODEL can name, which are not of the repository."""


def _from_here(file: str, own: Repository) -> str | None:
    """The path of a file of the repository from the current folder; None for another file."""
    folder, name = os.path.split(file)
    path = os.path.relpath(os.path.join(os.path.realpath(folder or "."), name), own.top)
    return None if path.startswith(os.pardir) else os.path.relpath(path, own.prefix or ".")


def _read(task: Task, folder: str, revision: Revision) -> Any:
    if not os.path.isdir(folder):
        raise CostcalcError(f"at {revision} the current folder does not exist")
    with TemporaryDirectory(prefix="costcalc.") as files:
        asked, answered = (os.path.join(files, name) for name in ("task", "answer"))
        try:
            with open(asked, "wb") as stream:
                pickle.dump(task, stream)
        except Exception as error:
            raise CostcalcError(f"the arguments cannot be given to another process: {first_line(error)}") from None
        start = START.format(path=[os.path.abspath(path) for path in sys.path])
        done = subprocess.run(
            [sys.executable, "-c", start, asked, answered], cwd=folder, stdin=subprocess.DEVNULL, stdout=2, check=False,
            start_new_session=True,  # an interrupt comes to this process alone, which ends that one
        )  # fmt: skip
        if not os.path.exists(answered):
            raise CostcalcError(f"at {revision}: Python ended with {done.returncode} while {task.request} was read")
        with open(answered, "rb") as stream:
            problem, found = pickle.load(stream)
    if problem:
        raise CostcalcError(f"at {revision}: {problem.replace(task.tree + os.sep, '')}")
    return found


def answer(asked: str, answered: str) -> None:
    """In the process of a revision: read the Task in a file; write the text of an error, or "", and what it made."""
    with open(asked, "rb") as stream:
        task: Task = pickle.load(stream)
    try:
        found: Any = ("", _made(task))
    except CostcalcError as error:
        found = (str(error), None)
    with open(f"{answered}.draft", "wb") as stream:
        pickle.dump(found, stream)
    os.replace(f"{answered}.draft", answered)


def _made(task: Task) -> Any:
    sys.path[:] = [_moved(path, task) for path in sys.path]
    before = set(sys.modules)
    made = task.make(task.request)
    _check_modules(task, set(sys.modules) - before)
    return made


def _moved(path: str, task: Task) -> str:
    """A folder of the user's own files on the path, as that of `pip install -e`: the same folder of the revision."""
    inside = os.path.relpath(os.path.realpath(path), task.top)
    there = os.path.normpath(os.path.join(task.tree, inside))
    return path if inside.startswith(os.pardir) or not os.path.isdir(there) else there


def _check_modules(task: Task, names: set[str]) -> None:
    """Raise CostcalcError if a module is not that of the revision: the user's own, or one that is installed."""
    request = task.request
    for name in sorted(names):
        file = getattr(sys.modules.get(name), "__file__", None)
        if name.partition(".")[0] == "costcalc" or not isinstance(file, str):
            continue
        file = os.path.realpath(file)
        installed = _is_in(file, sys.prefix) or "site-packages" in file.split(os.sep)
        if (_is_in(file, task.top) and not installed) or (name == request.source and not _is_in(file, task.tree)):
            raise CostcalcError(f"the module {name} is imported from {file}, and not from the revision")


def _is_in(file: str, folder: str) -> bool:
    return file.startswith(os.path.join(os.path.realpath(folder), ""))
