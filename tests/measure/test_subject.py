"""verify and time on models that their own code makes."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from command import refused, run

from costcalc.measure.subject import Subject
from costcalc.measure.timing import time_model
from costcalc.measure.verify import verify
from costcalc.measure.worker import in_process
from costcalc.openers import read
from costcalc.spec import CostcalcError, relu, trace
from costcalc.spec.request import Request

OWN = '''
import torch
from torch import nn

print("a line of the user's own")


class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.c = nn.Conv2d(3, width, 3)
        self.e = nn.Embedding(10, width)

    def forward(self, image, ids, scale=2.0, *, flag=False):
        x = torch.relu(self.c(image)).mean((2, 3)) * scale
        return {"x": x + self.e(ids).sum(1), "more": [x]}


class ByName(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(4, 4)

    def forward(self, *, x):
        return self.l(x)


class Finds(nn.Module):
    """It puts out as many numbers as there are above 0."""

    def __init__(self):
        super().__init__()
        self.l = nn.Linear(4, 4)
        nn.init.ones_(self.l.bias)

    def forward(self, x):
        x = self.l(x)
        return x[x > 0]


class Three(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(4, 4)

    def forward(self, x):
        return torch.einsum("ni,nj,nk->nijk", self.l(x), x, x)


class Moody(nn.Module):
    """It costs more where it has memory."""

    def __init__(self):
        super().__init__()
        self.l = nn.Linear(4, 4)

    def forward(self, x):
        x = self.l(x)
        return x if x.is_meta else self.l(x)
'''


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own_nets.py"
    file.write_text(OWN, encoding="utf-8")
    return file


def subject(source: str, input: Any = None, batch: int = 1, **args: Any) -> Subject:
    request = Request(source, input, batch, args=args)
    return Subject(read(request), request)


def test_a_model_of_two_inputs_by_place_and_by_name(own: Path) -> None:
    """Mult-adds: 5·6·6·3·3·3 of the convolution, for each of 2 images."""
    by_place = [(3, 8, 8), (7,)]
    by_name = {"ids": (7,), "image": (3, 8, 8), "scale": 3.0}
    for input in (by_place, by_name):
        verdict = verify(subject(f"{own}:Net", input, batch=2, width=5), report=in_process)
        assert verdict.ok, [check for check in verdict.checks if not check.equal]
        assert verdict.mult_adds == 2 * 5 * 6 * 6 * 3 * 3 * 3
        outputs = next(check for check in verdict.checks if check.quantity == "output shapes")
        assert outputs.reported == [[2, 5], [2, 5]]


def test_an_argument_by_name_only_is_told(own: Path) -> None:
    with pytest.raises(CostcalcError, match="takes 'x' by name only"):
        verify(subject(f"{own}:ByName", {"x": (4,)}), report=in_process)


def test_a_model_that_runs_otherwise_than_it_was_read_is_found(own: Path) -> None:
    verdict = verify(subject(f"{own}:Moody", (4,)), report=in_process)
    wrong = {(check.tool, check.quantity) for check in verdict.checks if not check.equal}
    assert ("flopcounter", "mult-adds") in wrong
    assert ("torch", "params") not in wrong


def test_sizes_that_values_say_may_be_any(own: Path) -> None:
    verdict = verify(subject(f"{own}:Finds", (4,)), report=in_process)
    outputs = next(check for check in verdict.checks if check.quantity == "output shapes")
    assert (outputs.computed, outputs.reported, outputs.equal) == ([[0]], [[4]], True)
    assert verdict.ok


def test_what_no_rule_predicts_is_not_compared(own: Path) -> None:
    verdict = verify(subject(f"{own}:Three", (4,)), report=in_process)
    assert verdict.ok
    assert {check.tool for check in verdict.checks} == {"torch", "torchinfo", "flopcounter"}
    assert [note.partition(";")[2] for note in verdict.notes] == [
        " not predicted, since no rule says how it counts einsum"
    ]


def test_in_training() -> None:
    request = Request("torchvision:mobilenet_v3_small", batch=2, mode="train")
    verdict = verify(Subject(read(request), request), "train", report=in_process)
    assert verdict.ok, [check for check in verdict.checks if not check.equal]


def test_a_callable_that_gives_a_graph_is_built_from_it(tmp_path: Path) -> None:
    """4 filters of 3·3·3 at 6·6 positions."""
    file = tmp_path / "graphs.py"
    file.write_text(
        "from costcalc.spec import conv, trace\n"
        "def net(): return trace(lambda x: conv(x, 'c', 4, k=3), (1, 3, 8, 8), name='net')\n",
        encoding="utf-8",
    )
    macs = 4 * 27 * 36
    verdict = verify(subject(f"{file}:net"))
    assert (verdict.ok, verdict.mult_adds) == (True, macs)
    timing = time_model(subject(f"{file}:net"), torch.device("cpu"), threads=1, seconds=0.05)
    assert timing.macs == macs


def test_times(own: Path) -> None:
    tested = subject(f"{own}:Net", [(3, 8, 8), (7,)])
    timing = time_model(tested, torch.device("cpu"), threads=1, seconds=0.05, by_layer=True)
    assert [(layer.name, layer.op, layer.macs) for layer in timing.layers] == [
        ("c", "conv", 4 * 36 * 27),
        ("e", "embedding", 0),
    ]
    assert timing.macs == 4 * 36 * 27


def test_from_the_command_line(own: Path) -> None:
    """Each tool in a process of its own; what the user's code prints does not get into the report."""
    arguments = ["--input", "3x8x8", "--input", "7:int64", "--tools", "torchinfo", "--tools", "flopcounter"]
    done = run("verify", f"{own}:Net", *arguments, "--format", "json")
    (verdict,) = json.loads(done.out)["models"]
    assert (done.code, verdict["ok"], verdict["model"]) == (0, True, f"{own}:Net")
    assert {check["tool"] for check in verdict["checks"]} == {"torch", "torchinfo", "flopcounter"}
    assert run("verify", f"{own}:Moody", "--input", "4", "--tools", "flopcounter").code == 1


def test_a_decoding_step_is_not_run() -> None:
    said = refused("verify", "hf:GPT2LMHeadModel", "--cache", "8", "--arg", "n_layer=1")
    assert "a decoding step is computed, not run" in said
    with pytest.raises(CostcalcError, match="cache=8: a decoding step is computed, not run"):
        Subject(trace(relu, (1, 3)), Request("hf:GPT2LMHeadModel", cache=8))
