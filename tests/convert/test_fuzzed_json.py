"""Files changed at random: each ends in a report or in one line, and nothing is written, started or fetched.

Any number more, others each time: ``COSTCALC_EXAMPLES=50000 python -m pytest tests/convert/test_fuzzed_json.py``
"""

import json
import os
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from command import run
from json_mutations import mutated
from watching import watched

import costcalc
from costcalc.analysis.cost import Cost
from costcalc.conventions import names
from costcalc.conventions.examples import EXAMPLES, example
from costcalc.convert.data import from_data, to_data
from costcalc.models import quantities
from costcalc.report.cost_table import cost_table
from costcalc.report.formats import render
from costcalc.spec import CostcalcError, Graph
from costcalc.spec.graph import Mode
from costcalc.spec.shapes import numel

MANY = int(os.environ.get("COSTCALC_EXAMPLES", "5000"))
BUILT = max(1, MANY // 25)
FIRST = random.SystemRandom().randrange(10**9) if "COSTCALC_EXAMPLES" in os.environ else 0
FORMATS = ("text", "markdown", "csv", "latex", "html")
MODES: tuple[Mode, Mode] = ("eval", "train")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "victim").write_text("as it was", encoding="utf-8")
    return tmp_path


def done(number: int, folder: Path, use: Callable[[], object]) -> bool:
    """True if `use` succeeds, False if it refuses the case in one line. Anything else fails, with the case."""
    refused = ""
    with watched(folder) as seen:
        try:
            use()
        except CostcalcError as error:
            refused = str(error) or "\n"
        except Exception as error:
            raise AssertionError(f"case {number}: {type(error).__name__}, not one line") from error
    assert not seen, f"case {number}: {seen}"
    assert "\n" not in refused, f"case {number}: {refused}"
    return not refused


def shown(file: Path, number: int) -> None:
    """Run `costcalc table` and `costcalc export`."""
    graph = costcalc.graph(str(file))
    cost = Cost(graph, MODES[number % 2], quantities(conventions=[names()[number % len(names())]]))
    rows, by = ((cost.by_block, "block"), (cost.by_layer, "layer"), (cost.by_op, "op"))[number % 3]
    render([cost_table(cost, rows().rows, by, {})], FORMATS[number % 5])
    written = json.dumps(to_data(graph), ensure_ascii=False, allow_nan=False)
    assert json.dumps(to_data(from_data(json.loads(written))), ensure_ascii=False) == written


def write(file: Path, data: Any) -> None:
    file.write_text(json.dumps(data), encoding="utf-8")


def test_table_and_export(folder: Path) -> None:
    file, read = folder / "network.json", 0
    write(file, to_data(example("conv")))
    for number in range(60):  # imports what it needs
        shown(file, number)
    for number in range(FIRST, FIRST + MANY):
        write(file, mutated(number, folder))
        read += done(number, folder, partial(shown, file, number))
        if number % 50 == 0:
            for command in ("table", "export"):
                ended = run(command, str(file))
                assert ended.code in (0, 2), f"case {number}: {ended}"
                assert len(ended.err.splitlines()) == (ended.code == 2), f"case {number}: {ended}"
    assert read >= MANY / 2


def test_verify_and_time(folder: Path) -> None:
    """Cases that can be read are built and run in this process, where all that they do is seen."""
    torch = pytest.importorskip("torch")
    from costcalc.measure.timing import time_model
    from costcalc.measure.verify import verify
    from costcalc.measure.worker import in_process

    for op in EXAMPLES:  # imports what it needs
        verify(example(op), report=in_process)
    time_model(example("conv"), torch.device("cpu"), seconds=0.01)
    tried, verified, number = 0, 0, FIRST
    while tried < BUILT:
        number += 1
        try:
            graph = from_data(json.loads(json.dumps(mutated(number, folder))))
        except CostcalcError:
            continue
        tried += 1
        device = "meta" if long(graph) or number % 7 == 0 else "cpu"
        mode = MODES[number % 5 == 0]
        verified += done(number, folder, partial(verify, graph, mode, device, report=in_process))
        if number % 10 == 0 and device == "cpu":
            done(number, folder, partial(time_model, graph, torch.device("cpu"), seconds=0.01))
    assert verified >= BUILT / 4


def long(graph: Graph) -> bool:
    """True for a network that fits into memory but takes long to run. On the meta device it does not."""
    elements = sum(numel(shape) for node in graph.nodes for shape in node.facts.outputs)
    return 10**7 < elements < 2**40 or Cost(graph).macs > 10**9
