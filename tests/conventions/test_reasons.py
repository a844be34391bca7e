"""Why a tool has its number: each reason is a sentence, and says which of the kinds it is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import costcalc
from costcalc import spec
from costcalc.analysis.cost import Cost
from costcalc.conventions import find, names
from costcalc.conventions.examples import EXAMPLES, example
from costcalc.conventions.op_rule import OpRule
from costcalc.models import quantities
from costcalc.spec import Graph, trace

KINDS = {
    "counted": ("counts ",),
    "zero": ("zero by rule: ",),
    "not counted": ("not seen: ", "not counted", "cannot run "),
    "unknown": ("no rule says how ",),
    "not run": ("not run: ",),
}


def reasons(graph: Graph) -> Iterator[tuple[str, str, str, str]]:
    """Layer, tool, status and reason, for every layer and tool."""
    cost = Cost(graph, quantities=quantities([], names()))
    for row in cost.layers:
        for tool in cost.quantities:
            status = row[tool.key].status
            yield row.name, tool.key, status, tool.reason(row.node, cost.run, status)[0]


def all_rules() -> Iterator[OpRule]:
    for name in names():
        tool = find(name)
        yield from (*tool.rules.values(), *tool.generic.values(), *tool.modules.values())
        yield from [tool.default_rule] if tool.default_rule else []


def test_every_rule_reads_as_a_sentence() -> None:
    for rule in all_rules():
        assert not rule.note or rule.note.startswith("counts")
        assert not rule.otherwise or rule.otherwise.startswith(("not counted", "cannot run "))
        assert not {"not counted", "not seen", "no handle:"} & {part.strip() for part in rule.note.split(";")}


@pytest.mark.parametrize("op", EXAMPLES)
def test_every_op_has_a_reason_of_the_kind_of_its_status(op: str) -> None:
    for _, tool, status, why in reasons(example(op)):
        assert why.startswith(KINDS[status]), (tool, status, why)
        assert "  " not in why


def test_ops_without_an_example() -> None:
    network = trace(
        lambda x: spec.linear(spec.flatten(spec.conv(x, "c", 4, k=3, padding="same")), "fc", 2), (1, 3, 4, 4)
    )
    assert all(why.startswith(KINDS[status]) for _, _, status, why in reasons(network))


FUNCTIONS = """
import torch
from torch import nn
from torch.nn import functional as F

class Mine(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(4, 4))
        self.same = nn.Conv1d(4, 4, 3, padding="same")
        self.act, self.drop, self.six = nn.GELU(), nn.Dropout(inplace=True), nn.ReLU6()
        self.leak, self.up = nn.LeakyReLU(inplace=True), nn.Upsample(scale_factor=(2.0,), mode="linear")
        self.attend = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x):
        x = F.linear(x, self.w)      # linear
        x = x @ self.w               # matmul
        x = torch.mul(x, x)          # multiply
        x = x.mul(x)                 # multiply_2
        x = x * x                    # multiply_3
        x = x.exp()                  # exp
        x = x.view(-1, 4, 4)
        x = self.attend(x, x, x)[0]
        x = F.scaled_dot_product_attention(x, x, x)
        x = self.leak(self.six(self.drop(self.act(self.same(x)))))
        return self.up(torch.cat([x, x]))
"""

WHY = {
    ("thop", "linear"): "not seen: thop hooks modules, and this linear is the function F.linear",
    ("torchinfo", "matmul"): "not seen: torchinfo hooks modules, and this matmul is the operator @",
    ("thop", "multiply"): "not seen: thop hooks modules, and this multiply is the function torch.mul",
    ("torchinfo", "multiply_2"): "not seen: torchinfo hooks modules, and this multiply is the method x.mul",
    ("thop", "exp"): "not seen: thop hooks modules, and this exp is a function, a method or an operator",
    ("thop", "w"): "not seen: this parameter is a tensor, not an operation",
    ("thop", "act"): "not counted: thop hooks modules, and has no hook for GELU",
    ("thop", "drop"): "zero by rule: thop knows Dropout and adds nothing",
    ("thop", "attend"): "not counted: thop hooks modules, and has no hook for MultiheadAttention",
    ("calflops_macs", "multiply"): "zero by rule: calflops_macs knows multiply and adds nothing",
    ("calflops_macs", "matmul"):
        "not seen: calflops_macs patches functions of torch, and this matmul is the operator @, not one of them",
    ("calflops_macs", "up"):
        "cannot run with several scales, unless there are as many as inputs in the batch: it raises TypeError",
    ("calflops_flops", "six"):
        "not counted of a module: torch's calls F.hardtanh, which is not patched; F.relu6 itself is",
    ("ptflops", "linear"):
        "not seen: ptflops hooks modules and patches functions of torch, and this linear is the function F.linear, "
        "not one of them",
    ("ptflops", "drop"):
        "not counted: ptflops hooks modules and patches functions of torch, and has no hook or patch for Dropout",
    ("fvcore", "same"): "not counted with padding='same' or 'valid': aten::_convolution_mode has no handle",
    ("fvcore", "exp"): "not counted: fvcore walks a trace of torch.jit, and has no handle for aten::exp",
    ("torchprofile", "leak"): "not counted in place: aten::leaky_relu_ has no handler",
    ("flopcounter", "exp"): "not counted: flopcounter sees what torch dispatches, and has no formula for exp",
    ("flopcounter", "scaled_dot_product_attention"): "not counted by the CPU's fused kernel, which has no formula",
    ("keras", "act"): "not counted: keras counts params, not operations",
}  # fmt: skip


def test_what_a_model_calls_and_what_a_tool_sees(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    file = tmp_path / "net.py"
    file.write_text(FUNCTIONS)
    found = {(tool, layer): why for layer, tool, _, why in reasons(costcalc.graph(f"{file}:Mine", (4, 4)))}
    assert {key: found.get(key) for key in WHY} == WHY


def test_a_fused_layer_of_torch() -> None:
    nn = pytest.importorskip("torch.nn")
    graph = costcalc.graph(nn.Sequential(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)), (4, 8))
    found = {(tool, layer): why for layer, tool, _, why in reasons(graph)}
    assert found["flopcounter", "0.linear1"] == (
        "not seen: flopcounter sees what torch dispatches, and torch runs the TransformerEncoderLayer around this "
        "linear as one op"
    )


def test_the_modes() -> None:
    graph = spec_with_head()
    assert {why for layer, _, status, why in reasons(graph) if status == "not run"} == {
        "not run: an auxiliary head, which runs in train mode"
    }


def spec_with_head() -> Graph:
    def network(x: spec.Tensor) -> spec.Tensor:
        return spec.outputs(spec.relu(x, "main"), train=[spec.linear(spec.flatten(x), "head", 2)])

    return trace(network, (1, 3, 4, 4))
