"""Run a peer in a process of its own, forked afresh for each model.

Some tools leave the model, or torch itself, other than they found it: thop leaves buffers on the model, calflops
leaves torch.nn.functional patched after an exception. What they do here ends with the process.
"""

from __future__ import annotations

import multiprocessing
import sys
import warnings
from contextlib import redirect_stdout
from functools import cache
from importlib import import_module
from importlib.metadata import version
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from typing import Any

from torch import nn

from costcalc.measure.peers import Reported
from costcalc.measure.subject import Subject, subject
from costcalc.spec import CostcalcError
from costcalc.spec.graph import Graph, Mode

SECONDS = 600
"""A tool that has not answered by then has failed."""


class PeerError(Exception):
    """A tool that crashed, took too long or is not installed; the text says which, in a line."""


def report(tool: str, model: Graph | Subject, mode: Mode, device: str) -> tuple[Reported, str]:
    """What a tool says of a torch model, built there, and the version of the tool.

    Raises PeerError where it says nothing.
    """
    context = _forkserver()
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(theirs, tool, subject(model).to_data(), mode, device), daemon=True)
    process.start()
    theirs.close()
    try:
        answer = ours.recv() if ours.poll(SECONDS) else f"no answer in {SECONDS} s"
    except EOFError:
        process.join()
        answer = f"the process ended with exit code {process.exitcode}"
    finally:
        process.kill()
        ours.close()
    if isinstance(answer, str):
        raise PeerError(answer)
    reported, installed = answer
    return reported, installed


@cache
def _forkserver() -> ForkServerContext:
    """A server that has imported torch once; each process is forked from it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "torch._dynamo", "torch.utils.flop_counter"])
    return context


def in_process(tool: str, model: Graph | Subject, mode: Mode, device: str) -> tuple[Reported, str]:
    """As `report`, in this process: for tools that leave nothing behind, and many small models."""
    tested = subject(model)
    return said_of(tool, *tested.build(device, mode), tested.graph.transformed)


def said_of(tool: str, module: nn.Module, inputs: tuple[Any, ...], derivatives: bool = False) -> tuple[Reported, str]:
    """What a tool says of a module, in this process, and the version of the tool. Raises PeerError likewise.

    derivatives  True if the forward pass takes derivatives
    """
    answer = _answer(tool, module, inputs, derivatives)
    if isinstance(answer, str):
        raise PeerError(answer)
    return answer


def _run(answer: Connection, tool: str, data: dict[str, Any], mode: Mode, device: str) -> None:
    """In the new process: build the model, run the tool, send what it said, or why it said nothing."""
    with redirect_stdout(sys.stderr):  # the model's own code may print
        try:
            tested = Subject.from_data(data)
            answer.send(_answer(tool, *tested.build(device, mode), tested.graph.transformed))
        except CostcalcError as error:
            answer.send(str(error))


def _answer(tool: str, model: nn.Module, inputs: tuple[Any, ...], derivatives: bool) -> tuple[Reported, str] | str:
    """What the tool says and its version; or in a line why it says nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # theirs: torch.jit, which some use, is deprecated
            peer = import_module(f"costcalc.measure.peers.{tool}")
            run = getattr(peer, "report_derivatives", peer.report) if derivatives else peer.report
            return run(model, inputs), version(peer.PACKAGE).partition("+")[0]
    except ModuleNotFoundError as error:
        return f"not installed: {error.name}"
    except Exception as error:  # a peer may fail in any way: that is a result
        lines = str(error).strip().splitlines()
        return f"{type(error).__name__}: {lines[0] if lines else ''}"
