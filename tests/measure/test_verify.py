from pathlib import Path
from typing import Any

import pytest

from costcalc import zoo
from costcalc.conventions import find
from costcalc.conventions.op_rule import OpRule
from costcalc.measure.peers import fvcore
from costcalc.measure.results import Check
from costcalc.measure.subject import Subject
from costcalc.measure.verify import verify
from costcalc.measure.worker import PeerError, in_process, run_peer
from costcalc.spec import Facts, Run, conv, product, trace
from costcalc.spec.request import Request
from costcalc.spec.trace import op

NETWORKS = ["googlenet", "googlenet_aux", "googlenet_bn", "googlenet_torchvision", "googlenet_separable", "vgg16"]


@op
def miscounted(x: tuple[int, ...]) -> Facts:
    """A wrong rule, planted: a convolution that claims one mult-add too few, and a bias it does not have."""
    facts = conv.__wrapped__(x, 4, k=1, bias=False)  # type: ignore[attr-defined]
    facts.macs = product(wrong=facts.macs.value - 1)
    facts.weights = {**facts.weights, "bias": (4,)}
    facts.settings = {}  # the rule has no settings
    return facts  # type: ignore[no-any-return]


def failed(checks: list[Check]) -> set[tuple[str, str]]:
    return {(check.tool, check.quantity) for check in checks if not check.equal}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_first_networks(name: str) -> None:
    verdict = verify(zoo.find(name).build())
    assert verdict.ok, failed(verdict.checks)
    assert {check.tool for check in verdict.checks} == {"torch", "fvcore", "torchinfo", "flopcounter"}
    for check in verdict.checks:
        if check.ledger:
            assert verdict.mult_adds + sum(line.difference for line in check.ledger) == check.reported


@pytest.mark.parametrize("name", ["googlenet_aux", "googlenet_bn"])
def test_in_training_with_the_heads(name: str) -> None:
    verdict = verify(zoo.find(name).build(batch=2), "train")
    assert verdict.ok, failed(verdict.checks)


def test_torchinfos_lines_of_the_reproduction() -> None:
    """Chen & Mo, figures 16 and 17: what torchinfo itself prints is what they printed, to its last digit."""
    import torch

    from costcalc.convert.to_torch import to_torch
    from costcalc.measure.peers import torchinfo

    graph = zoo.find("googlenet_bn").build(batch=20)
    said = torchinfo.report(to_torch(graph, "meta").train(), (torch.zeros(20, 3, 224, 224, device="meta"),))
    sizes = [f"{said.memory[line] / 1e6:.2f}" for line in ("input", "forward/backward", "params", "total")]
    assert [f"{said.total / 1e9:.2f}", *sizes] == ["31.82", "12.04", "1034.49", "53.54", "1100.08"]
    memory = find("torchinfo").memory

    assert said.memory == memory(Run(graph, "train"))


def test_a_wrong_rule_of_an_op_is_found() -> None:
    graph = trace(lambda x: miscounted(conv(x, "stem", 4, k=1)), (1, 3, 4, 4), name="planted")
    verdict = verify(graph, report=in_process)
    assert not verdict.ok
    wrong = failed(verdict.checks)
    assert {("torch", "parameter tensors"), ("torch", "params"), ("flopcounter", "mult-adds")} <= wrong
    problem = next(c.problem for c in verdict.checks if c.quantity == "parameter tensors")
    assert problem == "stem_miscounted.bias: spec (4,), torch None"


def test_a_wrong_rule_of_a_convention_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = {**find("fvcore").rules, "batch_norm": OpRule(lambda node, mode: product(n=1), "planted.here")}
    monkeypatch.setattr(find("fvcore"), "rules", rules)
    verdict = verify(zoo.find("googlenet_torchvision").build())
    assert failed(verdict.checks) == {("fvcore", "mult-adds"), ("fvcore", "modules")}
    problem = next(c.problem for c in verdict.checks if (c.tool, c.quantity) == ("fvcore", "modules"))
    assert problem.startswith("the model: computed 1,498,426,")


def test_a_tool_that_crashes_is_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(model: Any, inputs: Any) -> Any:
        raise ValueError("the tool fell over\nat some length")

    monkeypatch.setattr(fvcore, "report", crash)
    verdict = verify(zoo.find("vgg11").build(input=(3, 32, 32)), tools=["fvcore"], report=in_process)
    assert failed(verdict.checks) == {("fvcore", "mult-adds")}
    assert verdict.checks[-1].problem == "ValueError: the tool fell over"


def test_a_tool_that_ends_its_process_is_no_pass(tmp_path: Path) -> None:
    graph = zoo.find("vgg11").build(input=(3, 32, 32))
    with pytest.raises(PeerError, match=r"not installed: costcalc\.measure\.peers\.nothing"):
        run_peer("nothing", graph, "eval", "cpu")
    with pytest.raises(PeerError, match="device='no such device' must be a device that torch can use here"):
        run_peer("fvcore", graph, "eval", "no such device")
    file = tmp_path / "leaves.py"
    file.write_text("import os\n\n\ndef net():\n    os._exit(3)\n")
    with pytest.raises(PeerError, match="the process ended with exit code 3"):
        run_peer("fvcore", Subject(graph, Request(f"{file}:net")), "eval", "cpu")


def test_a_process_of_its_own_says_the_same() -> None:
    graph = zoo.find("googlenet_bn").build()
    for tool in ("fvcore", "torchinfo", "flopcounter"):
        assert run_peer(tool, graph, "eval", "cpu") == in_process(tool, graph, "eval", "cpu")


def test_another_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find("fvcore"), "version", "9.9")
    notes = verify(zoo.find("vgg11").build(input=(3, 32, 32)), tools=["fvcore"]).notes
    assert len(notes) == 1
    assert notes[0].startswith("fvcore: rules written for 9.9, installed is 0.1.5")


@pytest.mark.cuda
def test_on_cuda() -> None:
    verdict = verify(zoo.find("googlenet").build(), device="cuda")
    assert verdict.ok, failed(verdict.checks)


def test_on_meta() -> None:
    verdict = verify(zoo.find("googlenet_bn").build(), device="meta")
    assert verdict.ok, failed(verdict.checks)
    assert verdict.notes == ["fvcore: not run, since it needs real tensors; take --device cpu"]
