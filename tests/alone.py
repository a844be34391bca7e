"""Run code, or a counting tool on many networks, in a process of its own: some tools leave torch patched.

python tests/alone.py zoo SIDE TOOL...            every network of the zoo, in train too where that runs more; at an
                                                  input of that side where it takes one, or at its own, with "own"
python tests/alone.py STRATEGY EXAMPLES TOOL...   random networks: graphs or wide_graphs

prints the checks that held, and those that did not, a line each.
"""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from costcalc.spec import Run

HERE = Path(__file__).parent


def alone(*command: str, timeout: int = 900) -> str:
    """What Python prints, given this command line, with tests/ on its path and one thread."""
    path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, *command], env=env, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def printed(code: str) -> Any:
    """The value of the last line that the code prints, run by `alone`."""
    return eval(alone("-W", "ignore", "-c", code).splitlines()[-1])


def compare(*args: str) -> tuple[int, list[str]]:
    """How many checks held, and what did not, from this file run by `alone`."""
    held, *problems = alone(str(HERE / "alone.py"), *args).splitlines()
    return int(held), problems


def check(graph: Any, tools: Sequence[str], mode: str = "eval") -> tuple[int, list[str]]:
    """Each tool on the graph's model: total, params and numbers by module, computed against reported."""
    from costcalc.conventions import find
    from costcalc.convert.to_torch import to_torch, zeros

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
        of_modules = {n.module for n in graph.nodes if n.facts.torch.is_module and computed.get(n.module)}
        pairs = {path: (computed.get(path, 0), said.by_module.get(path, 0)) for path in {*of_modules, *said.by_module}}
        pairs["total"] = convention.total(Run(graph, mode)), said.total
        pairs["params"] = convention.params(Run(graph, mode)), said.params
        held += sum(a == b for a, b in pairs.values())
        problems += [f"{graph.name} {mode} {tool} {path}: {a} is not {b}" for path, (a, b) in pairs.items() if a != b]
    return held, problems


def _zoo(side: str, tools: Sequence[str]) -> tuple[int, list[str]]:
    from costcalc import zoo
    from costcalc.spec import CostcalcError

    done = []
    for network in zoo.all_networks():
        try:
            graph = network.build(None if side == "own" else (network.input[0], int(side), int(side)))
        except CostcalcError:
            graph = network.build()
        done.append(check(graph, tools))
        if graph.train_outputs:
            done.append(check(graph, tools, "train"))
    return sum(held for held, _ in done), [problem for _, problems in done for problem in problems]


def _random(strategy: Any, examples: int, tools: Sequence[str]) -> tuple[int, list[str]]:
    from hypothesis import HealthCheck, Phase, given, settings

    done = []

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy())
    def each(graph: Any) -> None:
        done.append(check(graph, tools))

    each()
    return len(done), [problem for _, problems in done for problem in problems]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    what, how, *names = sys.argv[1:]
    if what == "zoo":
        result = _zoo(how, names)
    else:
        module = import_module("wide_strategies" if what == "wide_graphs" else "strategies")
        result = _random(getattr(module, what), int(how), names)
    print(result[0], *result[1], sep="\n")
