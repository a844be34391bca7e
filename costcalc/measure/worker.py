"""Run a peer in a process of its own, forked for each model.

Some tools modify the model, or torch itself: thop leaves buffers on the model, calflops leaves torch.nn.functional
patched after an exception. These changes end with the process.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from traceback import walk_tb
from types import ModuleType
from typing import Any

from torch import nn

from costcalc.convert.compiled import without_compiling
from costcalc.convert.user_code import in_a_line
from costcalc.measure.peers import Reported
from costcalc.measure.subject import Subject, subject
from costcalc.spec import CostcalcError
from costcalc.spec.errors import first_line, message
from costcalc.spec.graph import Graph, Mode

SECONDS = 600
"""Time limit of a tool."""

LIBRARIES = sys.stdlib_module_names | {"costcalc", "numpy", "torch"}
"""Packages that both a tool and a model's code call: an exception in them is their caller's."""


REFUSE_A_TRACE = ("torch._dynamo.eval_frame", "torch.nn.utils.stateless")
"""Modules of torch whose functions refuse to run in a trace of torch.jit: compiled ones, and functional_call."""


class PeerError(Exception):
    """There is no report of a tool; the text says why, in one line.

    of_tool  True if the tool's own code raised, or the tool is not installed; False for anything else, such as an
             exception of the model's own code, or a process that ended
    """

    def __init__(self, reason: str, of_tool: bool = False) -> None:
        super().__init__(reason, of_tool)
        self.reason, self.of_tool = reason, of_tool

    def __str__(self) -> str:
        return self.reason


def run_peer(tool: str, model: Graph | Subject, mode: Mode, device: str) -> tuple[Reported, str]:
    """Run a tool on a torch model, built in a new process. Returns its report and its version.

    Raises PeerError if there is no report.
    """
    context = _forkserver()
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(theirs, tool, subject(model).to_data(), mode, device), daemon=True)
    try:
        with _without_main():
            process.start()
        theirs.close()
        answer = ours.recv() if ours.poll(SECONDS) else PeerError(f"no answer in {SECONDS} s")
    except EOFError:
        process.join()
        answer = PeerError(f"the process ended with exit code {process.exitcode}")
    except KeyboardInterrupt:
        _end_forkserver()
        raise
    finally:
        if process.pid is not None:
            process.kill()
        ours.close()
    if isinstance(answer, PeerError):
        raise answer
    reported, installed = answer
    return reported, installed


@contextmanager
def _without_main() -> Iterator[None]:
    """Start a process that does not run the user's script again, as multiprocessing does to find its classes."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@cache
def _forkserver() -> ForkServerContext:
    """A server that has imported torch once; each process is forked from it.

    It ignores interrupts, and so do its processes: the terminal sends them to all, and this process ends the others.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "torch._dynamo", "torch.utils.flop_counter"])
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set handlers
        return context
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # inherited by the server
    try:
        forkserver.ensure_running()
    finally:
        signal.signal(signal.SIGINT, before)
    return context


def _end_forkserver() -> None:
    """Kill the server, which may still be importing torch; multiprocessing would wait for it."""
    pid = getattr(forkserver._forkserver, "_forkserver_pid", None)
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
    _forkserver.cache_clear()


def in_process(tool: str, model: Graph | Subject, mode: Mode, device: str) -> tuple[Reported, str]:
    """As `run_peer`, in this process: for tools without lasting changes, and many small models."""
    tested = subject(model)
    with without_compiling():
        return reports_for(tool, *tested.build(device, mode), tested.graph.transformed)


def reports_for(
    tool: str, module: nn.Module, inputs: tuple[Any, ...], derivatives: bool = False
) -> tuple[Reported, str]:
    """Run a tool on a module in this process. Returns its report and its version. Raises PeerError as `run_peer`.

    derivatives  True if the forward pass takes derivatives
    """
    answer = _answer(tool, module, inputs, derivatives)
    if isinstance(answer, PeerError):
        raise answer
    return answer


def _run(answer: Connection, tool: str, data: dict[str, Any], mode: Mode, device: str) -> None:
    """In the new process: build the model, run the tool, and send its report and version, or a PeerError."""
    with redirect_stdout(sys.stderr), without_compiling():  # the model's own code may print
        try:
            tested = Subject.from_data(data)
            answer.send(_answer(tool, *tested.build(device, mode), tested.graph.transformed))
        except CostcalcError as error:
            answer.send(PeerError(message(error)))
        except Exception as error:  # the model's own code
            answer.send(PeerError(in_a_line(error)))


@cache
def _version(package: str, rival: str) -> str:
    """The installed version of a tool's distribution.

    rival  another distribution, of another tool, that is imported by the same name; empty if there is none

    Raises PeerError if the rival is installed.
    """
    if rival:
        with suppress(PackageNotFoundError):
            raise PeerError(f"{rival} {version(rival)} is installed, another tool of the same name", of_tool=True)
    return version(package).partition("+")[0]


def _answer(
    tool: str, model: nn.Module, inputs: tuple[Any, ...], derivatives: bool
) -> tuple[Reported, str] | PeerError:
    """The tool's report and its version; or a PeerError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the tools: some use torch.jit, which is deprecated
            peer = import_module(f"costcalc.measure.peers.{tool}")
            installed = _version(peer.PACKAGE, getattr(peer, "RIVAL", ""))
            run = getattr(peer, "report_derivatives", peer.report) if derivatives else peer.report
    except PeerError as error:
        return error
    except ModuleNotFoundError as error:
        return PeerError(f"not installed: {error.name}", of_tool=True)
    except Exception as error:  # a broken installation
        return PeerError(_in_a_line(error), of_tool=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return run(model, inputs), installed
    except Exception as error:  # a peer may raise anything: that is a result
        first: BaseException = error
        while first.__cause__ is not None:  # torchinfo raises another one from it
            first = first.__cause__
        return PeerError(_in_a_line(first), _raised_in(getattr(peer, "CODE", peer.PACKAGE), first))


def _in_a_line(error: BaseException) -> str:
    said = first_line(error)
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _raised_in(tool: str, error: BaseException) -> bool:
    """True if the tool's own code raised an exception, or called a library that did, and not the model's code.

    Also if the model's code called a function of torch that refuses to run in the tool's trace.

    tool  name of the tool's package, or module
    """
    own, name = False, ""
    for frame, _ in walk_tb(error.__traceback__):
        name = frame.f_globals.get("__name__", "")
        if f"{name}.".startswith(f"{tool}."):
            own = True
        elif name.partition(".")[0] not in LIBRARIES:
            own = False
    return own or name in REFUSE_A_TRACE
