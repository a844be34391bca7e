"""The pages on adding things are true: their files, dropped into a copy of the package, are all there is to do."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MYTOOL = """
from torch import nn

def count(model, *inputs):
    '''Mult-adds and biases of convolutions.'''
    counts = []
    def hook(module, given, made):
        weights = module.weight[0].numel() + (module.bias is not None)
        counts.append(made.numel() * weights)
    handles = [m.register_forward_hook(hook) for m in model.modules() if isinstance(m, nn.Conv2d)]
    model(*inputs)
    for handle in handles:
        handle.remove()
    return sum(counts)
"""

DIFFER = """
from costcalc.measure.subject import Subject
from costcalc.measure.verify import verify
from costcalc.models import graph
from costcalc.spec.request import Request

TOOLS = ["fvcore", "ptflops", "ptflops_aten", "torchprofile"]

if __name__ == "__main__":
    plain = graph("plain.py:Plain", (3, 6, 6))
    print(plain.nodes[0].call.name)
    for check in verify(Subject(plain, Request("plain.py:Plain", (3, 6, 6))), tools=TOOLS).checks:
        if not check.equal:
            print(check.tool)
"""


def blocks(page: str) -> list[str]:
    """The Python blocks of a page in docs/."""
    return re.findall(r"```py\n(.*?)```", (ROOT / "docs" / page).read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with the package in it, whose Python finds that one first."""
    for folder in ("costcalc", "tables"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def python(copy: Path, *arguments: str) -> str:
    """What Python prints in the copy."""
    path = os.pathsep.join([str(copy), str(ROOT / "tests" / "zoo")])
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_copy_is_the_one_that_runs(copy: Path) -> None:
    assert python(copy, "-c", "import costcalc; print(costcalc.__file__)").startswith(str(copy))


def test_tinynet(copy: Path) -> None:
    """Its file, its table, its test and, in torch, all that costcalc checks."""
    file, test = blocks("add-an-architecture.md")
    (copy / "costcalc" / "zoo" / "tinynet.py").write_text(file, encoding="utf-8")
    said = json.loads(python(copy, "-m", "costcalc", "table", "tinynet", "--depth", "layer", "--format", "json"))
    rows = {row["name"]: row for row in said["rows"]}
    assert (rows["stage1.conv"]["params"], rows["stage1.conv"]["mult_adds"]) == (16 * 3 * 3 * 3, 442_368)
    assert (said["total"]["params"], said["total"]["mult_adds"]) == (5_466, 1_622_336)
    assert {"stage2.bn", "stage2.bn_relu", "pool", "fc"} <= set(rows)
    assert "tinynet_wide" in python(copy, "-m", "costcalc", "list", "--family", "tinynet")
    python(copy, "-c", f"{test}\n\ntest_the_totals_by_hand()")
    assert "all 14 checks equal" in python(copy, "-m", "costcalc", "verify", "tinynet", "--device", "cpu")


def test_the_figures_of_the_page() -> None:
    page = (ROOT / "docs" / "add-an-architecture.md").read_text(encoding="utf-8")
    for figure in ("16·3·3·3 = 432 params", "442,368", "5,466", "1,622,336"):
        assert figure in page


def test_mytool(copy: Path) -> None:
    """A convention and a peer, held against a tool that is installed for this test."""
    convention, peer = blocks("add-a-convention.md")
    (copy / "costcalc" / "conventions" / "tools" / "mytool.py").write_text(convention, encoding="utf-8")
    (copy / "costcalc" / "measure" / "peers" / "mytool.py").write_text(peer, encoding="utf-8")
    (copy / "mytool.py").write_text(MYTOOL, encoding="utf-8")
    (copy / "mytool-1.2.3.dist-info").mkdir()
    about = "Metadata-Version: 2.1\nName: mytool\nVersion: 1.2.3\n"
    (copy / "mytool-1.2.3.dist-info" / "METADATA").write_text(about, encoding="utf-8")
    assert "mytool.count.conv_flops" in python(copy, "-m", "costcalc", "conventions", "mytool")
    arguments = ["reconcile", "squeezenet1_1", "--input", "3x64x64", "--convention", "mytool", "--format", "json"]
    (tool,) = json.loads(python(copy, "-m", "costcalc", *arguments))["tools"]
    assert [line["op"] for line in tool["ledger"]] == ["conv"]
    arguments = ["verify", "squeezenet1_1", "--input", "3x64x64", "--device", "cpu", "--tools", "mytool"]
    assert f"{tool['total']:,}  {tool['total']:,}  equal" in python(copy, "-m", "costcalc", *arguments)


def test_weights_read(copy: Path) -> None:
    """The quantity of the page: a column, a heading with its unit, and a formula."""
    file, test = blocks("add-a-quantity.md")
    (copy / "costcalc" / "analysis" / "quantities" / "weights_read.py").write_text(file, encoding="utf-8")
    python(copy, "-c", f"{test}\n\ntest_the_heads_are_not_read()")
    arguments = ["table", "googlenet_aux", "--columns", "params,weights_read", "--units", "M"]
    text = python(copy, "-m", "costcalc", *arguments)
    assert "weights read (MB)" in text
    total = next(line for line in text.splitlines() if line.startswith("total"))
    assert total.split() == ["total", "13.38", "27.99"]
    text = python(copy, "-m", "costcalc", "explain", "googlenet_aux", "conv1.7x7", "--convention", "fvcore")
    assert "9472·4" in text
    assert f"{4 * (64 * 3 * 7 * 7 + 64):,}" in text


def test_transpose_matmul(copy: Path) -> None:
    """The handler of the page: unknown without its file, exact with it."""
    file, test = blocks("add-an-onnx-op.md")
    unknown = test.replace('(42, 420, "complete")', '(42, 0, "lower bound")').replace("None)", "[2, 5, 7])")
    python(copy, "-c", f"{unknown}\n\ntest_transpose_matmul()")
    (copy / "costcalc" / "convert" / "onnx_reader" / "ops" / "transposed.py").write_text(file, encoding="utf-8")
    python(copy, "-c", f"{test}\n\ntest_transpose_matmul()")


def test_thnn_conv2d(copy: Path) -> None:
    """The handler of the page: unknown without its file, exact with it; and what the page says of a tool."""
    file, test = blocks("add-an-aten-op.md")
    (copy / "plain.py").write_text(test, encoding="utf-8")
    call = "import plain; plain.test_thnn_conv2d()"
    with pytest.raises(AssertionError, match=r"assert \(cost.params, cost.macs, cost.status\)"):
        python(copy, "-c", call)
    families = copy / "costcalc" / "convert" / "torch_reader" / "aten" / "families"
    (families / "plain_convolutions.py").write_text(file, encoding="utf-8")
    python(copy, "-c", call)
    export = ["export", "plain.py:Plain", "--input", "3x6x6", "-o", "plain.json"]
    python(copy, "-m", "costcalc", *export)
    said = json.loads(python(copy, "-m", "costcalc", "table", "plain.json", "--format", "json"))
    assert (said["total"]["params"], said["total"]["mult_adds"]) == (112, 3456 // 2)
    (copy / "differ.py").write_text(DIFFER, encoding="utf-8")
    assert set(python(copy, "differ.py").split()) == {"torch.ops.aten.thnn_conv2d", "ptflops_aten"}


def test_elu(copy: Path) -> None:
    """The op of the page, put where it says, and what the page says of the tools."""
    rule, script = blocks("add-an-op.md")
    file = copy / "costcalc" / "spec" / "ops" / "activation.py"
    text = file.read_text(encoding="utf-8").replace('"dropout", "gelu",', '"dropout", "elu", "gelu",')
    file.write_text(f"{text}\n\n{rule}", encoding="utf-8")
    (copy / "elu.py").write_text(script, encoding="utf-8")
    differ = re.findall(r"tool='(\w+)', quantity='mult-adds', computed=(\d+), reported=(\d+)", python(copy, "elu.py"))
    elements = 2 * 4
    found = {tool: int(reported) - int(computed) for tool, computed, reported in differ}
    assert found == {"calflops_flops": elements, "ptflops": elements + elements // 2}  # its hook, by the batch of 2
