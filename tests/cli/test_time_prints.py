"""`costcalc time` as a process: nothing but its report, and what the model itself prints."""

from pathlib import Path

import pytest
from command import shell

pytest.importorskip("torch")

NET = """
import sys, torch

class Net(torch.nn.Linear):
    def __init__(self):
        super().__init__(8, 8)

    def forward(self, x):
        print("mine", file=sys.stderr)
        print("also mine")
        return super().forward(x)
"""


def test_no_lines_but_the_models(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    code, out, err = shell("costcalc time net.py:Net --input 8 --depth layer --seconds 0.01 --format json", tmp_path)
    assert code == 0
    assert out.startswith("{")
    assert out.endswith("}\n")
    lines = err.splitlines()
    assert set(lines) == {"mine", "also mine"}
    assert lines.count("mine") >= 1 + 3 + 5  # the read, the warm-up and the passes with clocks
