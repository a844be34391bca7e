"""Layers by the names of their modules and weights, and a network file at the sizes that it was made at."""

from pathlib import Path

import pytest
from command import printed, refused

from costcalc.spec import CostcalcError, linear, shared, trace

MODEL = """
from torch import nn

class Attends(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(8, 24)

    def forward(self, x):
        return nn.functional.linear(x, self.qkv.weight, self.qkv.bias)
"""


@pytest.mark.parametrize("name", ["qkv", "qkv.weight", "qkv.bias"])
def test_a_function_by_its_module_or_weight(name: str, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    file = tmp_path / "net.py"
    file.write_text(MODEL)
    text = printed("explain", f"{file}:Attends", name, "--input", "5x8", "--convention", "thop")
    assert "5·8·24" in text or "5·24·8" in text


def test_a_weight_of_two_layers() -> None:
    graph = trace(lambda x: shared(linear)(linear(x, "fc", 4), "fc", 4), (1, 4))
    assert graph.node("fc") is graph.nodes[0]
    with pytest.raises(CostcalcError, match=r"fc.weight belongs to 2 layers of .*: fc, fc@2; name one of them"):
        graph.node("fc.weight")


def test_a_file_at_its_own_sizes(tmp_path: Path) -> None:
    file = str(tmp_path / "l.json")
    printed("export", "lenet5", "--batch", "4", "-o", file)
    at = printed("table", file)
    for given in (["--input", "1x32x32"], ["--batch", "4"], ["--batch", "4", "--input", "1x32x32"]):
        assert printed("table", file, *given) == at
    for other in (["--input", "1x28x28"], ["--batch", "2"], ["--batch", "2", "--input", "1x32x32"]):
        assert "are fixed, at 1x32x32 and batch 4" in refused("table", file, *other)
    assert "1x32x32" in printed("compare", file, "lenet5", "--input", "1x32x32")
