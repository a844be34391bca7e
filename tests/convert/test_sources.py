"""Models by name: torchvision, Python files and packages."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torchvision
from torch import nn

import costcalc
from costcalc.spec import CostcalcError


def test_torchvision() -> None:
    """As the zoo's, and as torchvision's own num_params and _ops say."""
    ours, theirs = costcalc.cost("resnet50"), costcalc.cost("torchvision:resnet50")
    assert (theirs.params, theirs.macs, theirs.status) == (ours.params, ours.macs, "complete")
    vit = costcalc.cost("torchvision:vit_b_16")
    meta = torchvision.models.ViT_B_16_Weights.IMAGENET1K_V1.meta
    assert vit.params == meta["num_params"]
    assert round(vit.macs / 1e9, 3) == meta["_ops"]
    assert costcalc.cost("torchvision:resnet50", classes=10).params == ours.params - 990 * 2049


def test_torchvisions_usual_inputs() -> None:
    """A video has 16 frames, optical flow two images; a vision transformer is made for the size of its image."""

    def inputs(name: str, **args: object) -> list[tuple[int, ...]]:
        return [t.shape for t in costcalc.graph(f"torchvision:{name}", args=args).inputs]

    assert inputs("r3d_18") == [(1, 3, 16, 112, 112)]
    assert inputs("raft_small") == [(1, 3, 512, 512)] * 2
    assert inputs("lraspp_mobilenet_v3_large") == [(1, 3, 520, 520)]
    assert inputs("ssdlite320_mobilenet_v3_large") == [(1, 3, 512, 512)]
    assert inputs("vit_h_14") == [(1, 3, 518, 518)]
    assert inputs("vit_h_14", image_size=224) == [(1, 3, 224, 224)]


def test_timm() -> None:
    cost = costcalc.cost("timm:resnet50")
    assert (cost.params, cost.macs) == (25_557_032, 4_089_184_256)  # torchvision's resnet50


def test_a_python_file_and_a_module(tmp_path: Path) -> None:
    """8·3·3·3 + 8 params at 30·30 positions, then 8·10 + 10."""
    file = tmp_path / "own.py"
    file.write_text(
        "from torch import nn\n\n"
        "def make():\n"
        "    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10))\n\n"
        "number = 3\n",
        encoding="utf-8",
    )
    by_name = costcalc.cost(f"{file}:make", input=(3, 32, 32))
    module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10))
    for cost in (by_name, costcalc.cost(module, input=(3, 32, 32))):
        assert (cost.params, cost.macs) == (216 + 8 + 80 + 10, 900 * 216 + 80)


@pytest.mark.parametrize(
    ("model", "input", "problem"),
    [
        ("torchvision:resnet5", None, "torchvision has no model 'resnet5'; did you mean resnet50"),
        ("timm:zzz", None, "timm has no model 'zzz'"),
        ("nowhere.to.be:found", None, "'nowhere.to.be' cannot be imported"),
        ("nofile.py:Net", None, "there is no file 'nofile.py'"),
        ("math:nothing", None, "'math' has no callable 'nothing'"),
        ("collections:OrderedDict", None, "gives a OrderedDict, not a torch module"),
        ("torch.nn:Identity", None, "needs the size of its input, like --input 3x224x224"),
        ("torchvision:vit_b_16", (3, 100, 100), "does not run at input 3x100x100: AssertionError: Wrong image height!"),
        (3, None, "model=3 must be the name of a network or a file, a torch module, or a Graph"),
    ],
)
def test_bad_names_and_inputs_are_told_in_a_line(model: object, input: object, problem: str) -> None:
    with pytest.raises(CostcalcError, match=problem) as caught:
        costcalc.graph(model, input=input)
    assert "\n" not in str(caught.value)


def test_a_file_that_changes_within_a_second_at_the_same_size(tmp_path: Path) -> None:
    """Bytecode is dated by the second, and by the size of the file: none is written or read."""
    file = tmp_path / "net.py"
    for width in (4, 5):
        file.write_text(f"import torch\ndef net():\n    return torch.nn.Linear(3, {width}, bias=False)\n")
        os.utime(file, (1_000_000_000, 1_000_000_000 + width / 1000))
        said = subprocess.run(
            [sys.executable, "-m", "costcalc", "table", f"{file}:net", "--input", "3", "--format", "json"],
            capture_output=True, text=True, check=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
        )  # fmt: skip
        assert json.loads(said.stdout)["total"]["params"] == 3 * width
    assert [path.name for path in tmp_path.iterdir()] == ["net.py"]
