"""Rules that users write for custom ops of torch."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from small_modules import module
from torch import nn

import costcalc
from costcalc.convert import rules
from costcalc.convert.data import from_data, to_data
from costcalc.spec import CostcalcError, Count


@pytest.fixture
def name(monkeypatch: pytest.MonkeyPatch) -> str:
    """A new custom op ``scan(x, states, steps)``, under a name that is not taken."""
    monkeypatch.setattr(rules, "RULES", {})
    name = f"test_rules::scan{uuid.uuid4().hex}"

    @torch.library.custom_op(name, mutates_args=())
    def scan(x: torch.Tensor, states: list[torch.Tensor], steps: int = 2) -> torch.Tensor:
        return x.clone()

    @scan.register_fake
    def _(x: torch.Tensor, states: list[torch.Tensor], steps: int = 2) -> torch.Tensor:
        return torch.empty_like(x)

    return name


def read(name: str, **given: Any) -> Any:
    """A linear layer of 4 · 4, then the op on (2, 5, 4) and a state of (4, 3)."""

    def forward(self: Any, x: Any) -> Any:
        op = getattr(torch.ops.test_rules, name.partition("::")[2])
        return op(self.p(x), [self.state], **given)

    made = module(forward, p=nn.Linear(4, 4))
    made.state = nn.Parameter(torch.zeros(4, 3))
    return costcalc.cost(made, input=(5, 4), batch=2)


def test_without_a_rule_it_is_unknown(name: str) -> None:
    cost = read(name)
    assert (cost.macs, cost.status) == (2 * 5 * 16, "lower bound")


def test_shapes_and_settings_by_name_make_a_count(name: str) -> None:
    """2 · 5 · 4 · 3 · 7 mult-adds, after 2 · 5 · 4 · 4; params are 20 and the state's 12."""

    @costcalc.rule(name)
    def scan(steps: int, x: Any, states: Any) -> Count:
        n, length, width = x
        return costcalc.product(N=n, L=length, D=width, S=states[0][-1], steps=steps)

    cost = read(name, steps=7)
    layer = cost.by_layer().rows[-1]
    assert (cost.macs, cost.params, cost.status) == (160 + 840, 20 + 12, "complete")
    assert (layer.op, layer.status, layer.formula) == ("custom", "counted", "2·5·4·3·7 = 840")
    assert layer.name.endswith(name)
    assert read(name).macs == 160 + 240, "the default of steps is the op's"
    again = from_data(json.loads(json.dumps(to_data(cost.graph))))
    assert [n.facts for n in again.nodes] == [n.facts for n in cost.graph.nodes]
    assert costcalc.cost(again).macs == 1000


@pytest.mark.parametrize(("told", "macs", "status"), [(123, 123, "counted"), (0, 0, "zero"), (Count(), 0, "zero")])
def test_a_number_will_do(name: str, told: Any, macs: int, status: str) -> None:
    costcalc.rule(name)(lambda: told)
    layer = read(name).by_layer().rows[-1]
    assert (layer.macs, layer.status) == (macs, status)


def test_all_arguments(name: str) -> None:
    costcalc.rule(name)(lambda **given: given["steps"] * given["x"][0])
    assert read(name, steps=3).by_layer().rows[-1].macs == 6


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (lambda x: 1 / 0, "fails: ZeroDivisionError: division by zero (test_rules.py, line "),
        (lambda x: None, "returns None, not a Count or an integer"),
        (lambda x: 1.5, "returns 1.5, not a Count or an integer"),
        (lambda x: True, "returns True, not a Count or an integer"),
        (lambda x: -3, "the factors of a count are integers from 0 to 2^64, not (-3,)"),
        (
            lambda x: costcalc.product(N=0.5),
            "fails: SpecError: N=0.5 must be an integer or a Fraction (test_rules.py, line ",
        ),
        (lambda x: Count((("N",), (0.5,))), "the factors of a count are integers from 0 to 2^64, not (0.5,)"),
        (lambda x: Count(3), "term=3 must be names and factors"),  # type: ignore[arg-type]
        (lambda x: Count((("N",),)), "term=(('N',),) must be names and factors"),  # type: ignore[arg-type]
        (lambda x: Count((("N",), 2)), "term=2 must be names and factors"),  # type: ignore[arg-type]
        (lambda x: Count(("N", (2,))), "term='N' must be names and factors"),
        (lambda x: Count((("N", "L"), (2,))), "a term of a count is a product of 1 to 16 named factors"),
        (lambda y: 1, "takes 'y', but the op has x, states, steps"),
    ],
)
def test_a_rule_that_is_wrong_is_told_in_a_line(name: str, rule: Callable[..., Any], problem: str) -> None:
    costcalc.rule(name)(rule)
    with pytest.raises(CostcalcError) as caught:
        read(name)
    assert problem in str(caught.value)
    assert f"the rule of {name}" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", ["scan", "", "a::b::c", "a.b", "mylib::scan.default", 3, None])
def test_wrong_names(wrong: Any) -> None:
    with pytest.raises(CostcalcError, match="give it the name of an op, like 'mylib::scan'"):
        costcalc.rule(wrong)


def test_torchs_own_ops_have_rules() -> None:
    with pytest.raises(CostcalcError, match="costcalc has a rule for it"):
        costcalc.rule("aten::conv2d")


def test_a_rule_goes_above_a_function() -> None:
    with pytest.raises(CostcalcError, match="takes a function, not a int"):
        costcalc.rule("mylib::scan")(3)  # type: ignore[type-var]


def test_a_second_rule_is_refused_and_the_same_again_is_not(name: str) -> None:
    def make(n: int) -> Callable[..., int]:
        return lambda: n

    costcalc.rule(name)(make(1))
    costcalc.rule(name)(make(2))  # the file was read again, or the cell was run again
    assert read(name).by_layer().rows[-1].macs == 2
    with pytest.raises(CostcalcError, match="has a rule already: "):
        costcalc.rule(name)(lambda: 3)


def test_an_op_that_writes_in_place_and_returns_nothing_is_no_silent_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "RULES", {})
    name = f"fill{uuid.uuid4().hex}"

    @torch.library.custom_op(f"test_rules::{name}", mutates_args=("out",))
    def fill(x: torch.Tensor, out: torch.Tensor) -> None:
        out.copy_(x)

    @fill.register_fake
    def _(x: torch.Tensor, out: torch.Tensor) -> None:
        return None

    def forward(self: Any, x: Any) -> Any:
        out = torch.empty_like(x)
        getattr(torch.ops.test_rules, name)(x, out)
        return out

    assert costcalc.cost(module(forward), input=(3,)).status == "lower bound"
    costcalc.rule(f"test_rules::{name}")(lambda x, out: x[-1] * out[0])
    assert costcalc.cost(module(forward), input=(3,), batch=2).macs == 6


def test_in_a_file_of_ones_own(tmp_path: Path) -> None:
    """The file is run once, however often its models are read: torch takes an op only once."""
    file = tmp_path / "scan.py"
    file.write_text(
        "import torch, costcalc\nfrom torch import nn\n"
        "library = torch.library.Library('test_rules_file', 'DEF')\n"
        "library.define('twice(Tensor x) -> Tensor')\n"
        "library.impl('twice', lambda x: torch.empty_like(x), 'CompositeExplicitAutograd')\n"
        "@costcalc.rule('test_rules_file::twice')\n"
        "def twice(x): return costcalc.product(N=x[0], D=x[1], two=2)\n"
        "class Net(nn.Module):\n    def forward(self, x): return torch.ops.test_rules_file.twice(x)\n"
    )
    for _ in range(2):
        assert costcalc.cost(f"{file}:Net", input=(7,)).macs == 14


def test_a_function_that_is_there_already(name: str) -> None:
    costcalc.rule(name, lambda x: x[0] * 3)
    assert read(name).macs == 2 * 5 * 16 + 2 * 3


def test_an_op_of_torch_that_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A QR decomposition of 3 matrices of 5 x 4 by 5 · 4 · 4 each."""
    monkeypatch.setattr(rules, "RULES", {})
    made = module(lambda self, x: torch.linalg.qr(x)[0])
    assert costcalc.cost(made, input=(5, 4)).unknown == ["linalg_qr"]

    @costcalc.rule("aten::linalg_qr")
    def qr(A: Any) -> Count:
        n, rows, columns = A
        return costcalc.product(N=n, m=rows, n=columns, columns=columns)

    cost = costcalc.cost(made, input=(5, 4), batch=3)
    assert (cost.macs, cost.status) == (3 * 5 * 4 * 4, "complete")


BY_A_RULE, BY_PARTS = "costcalc has a rule for it", "costcalc counts the operations that torch runs in it"
ARITHMETIC = "costcalc counts it as zero by convention (arithmetic on elements)"
MOVES = "costcalc counts it as zero by convention (it moves elements)"


@pytest.mark.parametrize(
    ("op", "why"),
    [
        ("aten::mm", BY_A_RULE),
        ("aten::_int_mm", BY_A_RULE),
        ("aten::addmm_", BY_A_RULE),
        ("aten::matmul", BY_A_RULE),
        ("quantized::linear", BY_A_RULE),
        ("aten::digamma", ARITHMETIC),
        ("aten::index_select", MOVES),
        ("aten::chain_matmul", BY_PARTS),
        ("ai.onnx::Conv", BY_A_RULE),
        ("com.microsoft::FusedConv", BY_A_RULE),
        ("ai.onnx::Erf", ARITHMETIC),
        ("ai.onnx::Tile", MOVES),
    ],
)
def test_an_op_that_costcalc_counts_is_refused_and_why(op: str, why: str) -> None:
    with pytest.raises(CostcalcError) as caught:
        costcalc.rule(op, lambda: 0)
    assert str(caught.value) == f"costcalc.rule({op!r}): {why}, which cannot be replaced"


def test_an_op_that_torch_does_not_have() -> None:
    with pytest.raises(CostcalcError, match="torch has no such op"):
        costcalc.rule("aten::nothing", lambda: 0)


@pytest.mark.parametrize(("domain", "op"), [("com.microsoft", "QMoE"), ("", "Det")])
def test_an_op_of_onnx(domain: str, op: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """8 · 16 · 3 by a rule of the first input's shape and an attribute."""
    onnx = pytest.importorskip("onnx")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    shape = [1, 8, 16, 1]
    node = helper.make_node(op, ["x"], ["y"], domain=domain, onesided=0)
    tensors = [helper.make_tensor_value_info(name, kind, shape if name == "x" else [1, 8, 16, 2]) for name in "xy"]
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    file = str(tmp_path / "net.onnx")
    onnx.save(helper.make_model(helper.make_graph([node], "net", tensors[:1], tensors[1:]), opset_imports=opsets), file)
    monkeypatch.setattr(rules, "RULES", {})
    assert costcalc.cost(file).status == "lower bound"
    costcalc.rule(f"{domain or 'ai.onnx'}::{op}", lambda inputs, onesided: inputs[0][1] * inputs[0][2] * (3 - onesided))
    cost = costcalc.cost(file)
    assert (cost.macs, cost.status) == (8 * 16 * 3, "complete")
