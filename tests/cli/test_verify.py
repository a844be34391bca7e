import json
import sys

import pytest
from command import Done, refused, run

from costcalc.conventions import find
from costcalc.conventions.op_rule import OpRule
from costcalc.spec import product

pytest.importorskip("torch")

SMALL = ["vgg11", "--input", "3x32x32", "--device", "cpu"]


@pytest.fixture(scope="module")
def done() -> Done:
    return run("verify", *SMALL, "--format", "json")


def test_the_schema(done: Done) -> None:
    assert (done.code, done.err) == (0, "")
    said = json.loads(done.out)
    assert list(said) == ["schema", "models"]
    (model,) = said["models"]
    assert list(model) == ["model", "ok", "mult_adds", "checks", "notes", "cannot_run"]
    assert (said["schema"], model["model"], model["ok"]) == (1, "vgg11", True)
    for check in model["checks"]:
        assert list(check) == ["tool", "quantity", "computed", "reported", "equal", "problem", "ledger"]
        assert check["equal"] is True
        assert check["computed"] == check["reported"]
        assert check["problem"] is None
        assert all(list(line) == ["op", "layers", "difference"] for line in check["ledger"])
    assert {check["tool"] for check in model["checks"]} == {"torch", "fvcore", "torchinfo", "flopcounter"}


def test_each_ledger_adds_up(done: Done) -> None:
    (model,) = json.loads(done.out)["models"]
    totals = [check for check in model["checks"] if check["quantity"] == "mult-adds"]
    assert len(totals) == 3
    for check in totals:
        assert sum(line["difference"] for line in check["ledger"]) == check["reported"] - model["mult_adds"]
    biases = {line["op"]: line["difference"] for line in totals[1]["ledger"]}
    assert biases["linear"] == 4096 + 4096 + 1000  # torchinfo counts the biases of VGG's three linear layers


def test_a_wrong_rule_ends_in_1(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = {**find("fvcore").rules, "linear": OpRule(lambda node, mode: product(n=1), "planted.here")}
    monkeypatch.setattr(find("fvcore"), "rules", rules)
    done = run("verify", *SMALL)
    assert (done.code, done.err) == (1, "")
    assert "DIFFERS" in done.out
    assert done.out.rstrip().endswith("checks DIFFER")


def test_without_torch_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("costcalc.measure.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    for command in ("verify", "time"):
        assert refused(command, "vgg11") == "this needs torch; install it with: pip install 'costcalc[torch]'"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "expected one model or more, like: costcalc verify googlenet"),
        (["vgg11", "--all"], "expected one model or more, like: costcalc verify googlenet; or --all and no model"),
        (["vvg11"], "unknown network 'vvg11'; did you mean vgg11"),
        (["vgg11", "--input", "3x16x16"], "vgg11 does not work at input 3x16x16: layer 'features.20'"),
        (["vgg11", "--device", "tpu"], "invalid value for '--device': 'tpu' is not one of 'auto', 'cpu', 'cuda'"),
        (["vgg11", "--device", ""], "invalid value for '--device': '' is not one of"),
        (["vgg11", "--tools", "nothing"], "--tools nothing: expected all, or one of "),
        (["vgg11", "--tools", ""], "--tools : expected all, or one of "),
    ],
)
def test_bad_input(arguments: list[str], line: str) -> None:
    assert refused("verify", *arguments).startswith(line)


def test_more_than_fits_into_memory() -> None:
    line = refused("verify", "vgg11", "--classes", "999999999", "--device", "cpu")
    assert line.startswith("does not fit on cpu: ")
    assert line.endswith("--device meta needs no memory")


def test_no_cuda_device(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for command in ("verify", "time"):
        line = refused(command, "vgg11", "--device", "cuda")
        assert line == "--device cuda: this machine has no CUDA device that torch can use; take cpu or auto"
