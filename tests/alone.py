"""Run code, or a counting tool on a network, in a process of its own: some tools leave torch patched."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


HERE = Path(__file__).parent
TOOLS = [f"costcalc.measure.peers.{path.stem}" for path in (HERE.parent / "costcalc/measure/peers").glob("[a-z]*.py")]
PRELOADED = [*TOOLS, "costcalc.convert.to_torch", "costcalc.zoo", "hypothesis", "pytest", "torchvision"]
SECONDS = 900


def alone(function: Callable[..., T], *args: Any) -> T:
    """What a function of a module in tests/ returns, in a process forked from one that has imported the tools."""
    context: Any = get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_quietly, function, args).result(SECONDS)


def _quietly(function: Callable[..., T], args: Sequence[Any]) -> T:
    import torch

    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    return function(*args)


def printed(code: str) -> Any:
    """The value of the last line that the code prints, in a process that has imported nothing before."""
    path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr[-2000:]
    return eval(done.stdout.splitlines()[-1])


def check(graph: Any, tools: Sequence[str], mode: str = "eval") -> tuple[int, list[str]]:
    """Each tool on the graph's model: total, params and numbers by module, computed against reported.

    Returns how many are equal, and a line for each that is not.
    """
    from unfilled import unfilled

    from costcalc.conventions import find
    from costcalc.convert.to_torch import to_torch, zeros
    from costcalc.spec import Run

    with unfilled():
        model, inputs = to_torch(graph), zeros(graph)
    model.train(mode == "train")
    held, problems = 0, []
    for tool in tools:
        convention = find(tool)
        try:
            said = import_module(f"costcalc.measure.peers.{tool}").report(model, inputs)
        except Exception as error:
            problems.append(f"{graph.name} {tool}: {type(error).__name__}: {error}")
            continue
        assert model.training == (mode == "train")
        computed = convention.by_module(Run(graph, mode))
        of_modules = {n.module for n in graph.nodes if n.call.is_module and computed.get(n.module)}
        pairs = {path: (computed.get(path, 0), said.by_module.get(path, 0)) for path in {*of_modules, *said.by_module}}
        pairs["total"] = convention.total(Run(graph, mode)), said.total
        pairs["params"] = convention.params(Run(graph, mode)), said.params
        held += sum(a == b for a, b in pairs.values())
        problems += [f"{graph.name} {mode} {tool} {path}: {a} is not {b}" for path, (a, b) in pairs.items() if a != b]
    return held, problems


def network(name: str, side: int, tools: Sequence[str]) -> tuple[int, int, list[str]]:
    """How many layers of a network of the zoo multiply; then as `check`, in train mode too if that runs more.

    At an input of this side if it takes one, and if its own is not smaller; otherwise at its own.
    """
    from costcalc import zoo
    from costcalc.spec import CostcalcError

    found = zoo.find(name)
    try:
        graph = found.build((found.input[0], *[min(side, size) for size in found.input[1:]]))
    except CostcalcError:
        graph = found.build()
    modes = ["eval", "train"] if graph.train_outputs else ["eval"]
    done = [check(graph, tools, mode) for mode in modes]
    layers = {node.path for node in graph.nodes if node.op in ("conv", "linear") and node not in graph.not_run("eval")}
    return len(layers), sum(held for held, _ in done), [problem for _, problems in done for problem in problems]


def random_networks(strategy: str, examples: int, tools: Sequence[str]) -> tuple[int, list[str]]:
    """As `check`, of random networks, ``graphs`` or ``wide_graphs``; but how many there were, in place of what held."""
    from hypothesis import HealthCheck, Phase, given, settings

    graphs = getattr(import_module("wide_strategies" if strategy == "wide_graphs" else "strategies"), strategy)
    done = []

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(graphs())
    def each(graph: Any) -> None:
        done.append(check(graph, tools))

    each()
    return len(done), [problem for _, problems in done for problem in problems]
