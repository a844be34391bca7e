"""The user's own code: find a callable in a file or a package, and report its errors in one line."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from costcalc.convert import library_names
from costcalc.spec import CostcalcError, arguments
from costcalc.spec.errors import first_line
from costcalc.spec.near import hinted, no_file
from costcalc.spec.request import OPTIONS

OURS = ("costcalc", "torch", "importlib")
"""Packages that are skipped when the line of a model's code is looked for in a traceback."""


def in_a_line(error: BaseException) -> str:
    """``ValueError: no heads (own.py, line 12)``: the error, and the innermost line of the model's code."""
    said = first_line(error)
    text = f"{type(error).__name__}: {said}" if said else type(error).__name__
    place = place_of(error)
    return f"{text} ({place})" if place and not isinstance(error, SyntaxError) else text


def place_of(error: BaseException) -> str:
    """``own.py, line 12``: the innermost line outside `OURS`; empty if there is none."""
    packages = [sys.modules[name].__file__ for name in OURS if name in sys.modules]
    folders = tuple(str(Path(file).parent) for file in packages if file)
    place = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        if not file.startswith(("<", *folders)):
            place = f"{Path(file).name}, line {line}"
    return place


@contextmanager
def importable(source: str) -> Iterator[None]:
    """While this lasts, modules beside a Python file, or in the current folder, can be imported.

    Raises CostcalcError if the code inside exits Python, as sys.exit does.
    """
    try:
        folder = str(Path(source).resolve().parent if source.endswith(".py") else Path.cwd())
    except (OSError, RuntimeError, ValueError) as error:  # a deleted folder, a loop of links, an invalid path
        raise CostcalcError(f"{source!r} cannot be found: {in_a_line(error)}") from error
    sys.path.insert(0, folder)
    try:
        yield
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as stop:  # SystemExit, and other exceptions that are not errors
        raise CostcalcError(f"{source} stops Python when it is run: {in_a_line(stop)}") from stop
    finally:
        if folder in sys.path:
            sys.path.remove(folder)


def find(source: str, name: str) -> Any:
    """The object of that name in a Python file or package. Raises CostcalcError if there is none, or the code fails."""
    try:
        module = _file(Path(source)) if source.endswith(".py") else import_module(source)
        if hasattr(module, name):
            return getattr(module, name)
    except CostcalcError:
        raise
    except ModuleNotFoundError as error:
        problem = f"{source!r} cannot be imported: {in_a_line(error)}"
        raise CostcalcError(hinted(problem, source, library_names.SOURCES, cutoff=0.7)) from error
    except Exception as error:
        raise CostcalcError(f"{source!r} fails when it is run: {in_a_line(error)}") from error
    known = _callables(module)
    there = f"there are {', '.join(known[:8]) or 'none'}"
    raise CostcalcError(hinted(f"{source!r} has no callable {name!r}", name, known, there))


def example(given: Any) -> Any:
    """The inputs of a name like ``file.py:example``, which is run: a value, or what a callable returns.

    Anything else is returned unchanged. Raises CostcalcError if there is no such name, or the code fails.
    """
    if not isinstance(given, str) or ":" not in given:
        return given
    source, _, name = arguments.file_name("input", given).rpartition(":")
    with importable(source):
        found = find(source, name)
        if not callable(found):
            return found
        check_arguments(found, {}, given)
        try:
            return found()
        except Exception as error:
            raise CostcalcError(f"{given} fails when it is called: {in_a_line(error)}") from error


def check_arguments(make: Callable[..., Any], args: Mapping[str, Any], name: str) -> None:
    """Raises CostcalcError, with the callable's arguments, if it does not take these, or needs others."""
    try:
        signature = inspect.signature(make)
        signature.bind(**args)
    except ValueError:  # a callable without a signature
        return
    except TypeError as error:
        unknown = next((key for key in args if key not in signature.parameters), "")
        known = (*signature.parameters, *OPTIONS)
        raise CostcalcError(hinted(f"{name}: {error}", unknown, known, takes(signature))) from None


def takes(signature: inspect.Signature) -> str:
    """``it takes width, depth``: the arguments that can be given by name."""
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    named = [p.name for p in signature.parameters.values() if p.kind in by_name]
    return f"it takes {', '.join(named) or 'no arguments'}"


def _file(path: Path) -> ModuleType:
    """A Python file as a module, run once unless it changes; a file of a package is imported as a part of it."""
    if not path.is_file():
        raise CostcalcError(no_file(str(path)))
    path, root, parts = path.resolve(), path.resolve().parent, [path.stem]
    version = path, path.stat().st_mtime_ns
    if version in _RUN:
        return _RUN[version]
    while (root / "__init__.py").is_file():
        root, parts = root.parent, [root.name, *parts]
    if len(parts) > 1:
        sys.path.insert(0, str(root))
        try:
            return import_module(".".join(parts))
        finally:
            sys.path.remove(str(root))
    loader = _Source(path.stem, str(path)) if path.suffix == ".py" else None
    spec = importlib.util.spec_from_file_location(path.stem, path, loader=loader)
    if spec is None or spec.loader is None:
        raise CostcalcError(f"{str(path)!r} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    kept = sys.modules.setdefault(path.stem, module)  # dataclasses and pickle look it up there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        if kept is module:
            del sys.modules[path.stem]
        raise
    _RUN[version] = module
    return module


class _Source(SourceFileLoader):
    """Compiles a file each time: bytecode of an earlier version of the same second and size would be taken for it."""

    def get_code(self, fullname: str) -> CodeType:
        """The code of the file as it is now. No bytecode is written beside it."""
        return self.source_to_code(self.get_data(self.path), self.path)


_RUN: dict[tuple[Path, int], ModuleType] = {}
"""Modules of files that were run, by path and time of change. A file must run once: torch refuses to register an op
twice."""


def _callables(module: ModuleType) -> list[str]:
    """Names of the callables in a module, its own first."""
    names = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
    return sorted(names, key=lambda key: getattr(vars(module)[key], "__module__", "") != module.__name__)
