"""A tool that crashes by itself cannot run a model, which is not a difference."""

from __future__ import annotations

import json
from pathlib import Path

import command
import pytest
from torch import nn

from costcalc.convert.from_torch import from_torch
from costcalc.measure import worker
from costcalc.measure.worker import PeerError, in_process

TRACED = """
import warnings

import torch
from torch import nn

warnings.simplefilter("ignore")
NET = torch.jit.trace(nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU()).eval(), torch.zeros(1, 3, 16, 16))


class Raises(nn.Linear):
    def forward(self, x):
        if torch.jit.is_tracing():
            raise ValueError("not under a tracer")
        return super().forward(x)


class Vector(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x):
        return self.layer(x) @ self.layer.bias
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "own.py"
    path.write_text(TRACED)
    return path


def run(*arguments: str) -> tuple[int, str]:
    done = command.run(*arguments)
    return done.code, done.out


def test_a_traced_module(file: Path) -> None:
    """No tool can put hooks on it, or trace it again. 8·16·16·3·9 mult-adds are 110,592 operations."""
    code, text = run("verify", f"{file}:NET", "--input", "3x16x16", "--tools", "ptflops", "--tools", "flopcounter")
    assert code == 0
    assert "no shape" not in text
    (line,) = [line for line in text.splitlines() if line.startswith("ptflops ")]
    assert (
        "cannot run: AttributeError: 'TopLevelTracedModule' object has no attribute '__batch_counter_handle__'" in line
    )
    assert f"{8 * 16 * 16 * 27 * 2:,}" in text
    assert text.endswith("all 5 checks equal; cannot run this model: ptflops\n")


def test_no_tool_ran(file: Path) -> None:
    words = ("verify", f"{file}:NET", "--input", "3x16x16", "--tools", "fvcore")
    code, text = run(*words)
    assert code == 1
    assert text.endswith("all 3 checks equal; cannot run this model: fvcore; no tool ran\n")
    code, text = run(*words, "--format", "json")
    (model,) = json.loads(text)["models"]
    assert (code, model["ok"]) == (1, False)
    assert [each["tool"] for each in model["cannot_run"]] == ["fvcore"]


def test_an_exception_of_the_models_own_code_is_a_difference(file: Path) -> None:
    code, text = run(
        "verify",
        f"{file}:Raises",
        "--arg",
        "in_features=4",
        "--arg",
        "out_features=2",
        "--input",
        "4",
        "--tools",
        "fvcore",
    )
    assert code == 1
    assert "DIFFERS ValueError: not under a tracer" in text


def test_a_handle_of_the_tool(file: Path) -> None:
    """fvcore's handle of a product fails on a vector, while the model runs: torch calls the tool back."""
    code, text = run("verify", f"{file}:Vector", "--input", "3x4", "--tools", "fvcore", "--tools", "flopcounter")
    assert code == 0
    assert "cannot run: IndexError: list index out of range" in text


def test_another_tool_of_the_same_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """ultralytics-thop is imported as thop, and counts otherwise."""
    monkeypatch.setattr(worker, "version", lambda name: {"ultralytics-thop": "2.0.18", "thop": "0.1.1"}[name])
    worker._version.cache_clear()
    with pytest.raises(
        PeerError, match=r"ultralytics-thop 2.0.18 is installed, another tool of the same name"
    ) as error:
        in_process("thop", from_torch(nn.Linear(4, 2), (4,)), "eval", "cpu")
    worker._version.cache_clear()
    assert error.value.of_tool
