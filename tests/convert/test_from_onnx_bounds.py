"""Sizes and counts in a file are bounded before anything is looped over or allocated: see onnx_bombs.py."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import onnx
import pytest
from onnx_bombs import MUCH, TOO_MUCH, calls
from onnx_files import written

import costcalc
from costcalc.convert.onnx_reader.inlined_size import check_size
from costcalc.spec import CostcalcError

CODE = """
import json, sys, costcalc
said = []
for file in sys.argv[1:]:
    try:
        said.append(costcalc.cost(file).status)
    except costcalc.CostcalcError as error:
        said.append(str(error))
print(json.dumps(said))
"""


def test_all_of_them_in_little_memory_and_time(tmp_path: Path) -> None:
    """In 2 GiB of address space and 60 seconds of work, all together."""
    files = []
    for i, (model, _) in enumerate([*TOO_MUCH.values(), *MUCH.values()]):
        (tmp_path / str(i)).mkdir()
        files.append(written(model, tmp_path / str(i)))

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))

    run = [sys.executable, "-c", CODE, *files]
    done = subprocess.run(run, capture_output=True, text=True, preexec_fn=limited)
    assert done.returncode == 0, done.stderr[-2000:]
    for said, (name, (_, expected)) in zip(json.loads(done.stdout), [*TOO_MUCH.items(), *MUCH.items()], strict=True):
        assert expected in said, name
        assert "\n" not in said
        assert len(said) < 600


def test_functions_are_measured_without_being_walked() -> None:
    """2^60 nodes are told from 61 functions of two nodes each; and 2^13 of them are few enough."""
    model = calls(2, 60)
    with pytest.raises(CostcalcError, match="it has more than 100000 nodes, functions and branches written out"):
        check_size(model.graph, {(f.domain, f.name, ""): f for f in model.functions})
    model = calls(2, 13)
    check_size(model.graph, {(f.domain, f.name, ""): f for f in model.functions})


def test_recurrent_layers_of_many_directions_keep_their_weights(tmp_path: Path) -> None:
    """10^7 directions of W (16, 6), R (16, 4) and B (32): no op that is known, and 1.92·10^9 params."""
    model: onnx.ModelProto = MUCH["LSTM of 10,000,000 directions"][0]
    assert costcalc.cost(written(model, tmp_path)).params == 10**7 * (16 * 6 + 16 * 4 + 32)
