"""calflops, both numbers: computed == reported; and its oddities, each by the tool itself on a network of one layer."""

from typing import Any

import pytest
import samples
import torch
from alone import alone, network, printed, random_networks
from torch import nn
from torch.nn import functional

from costcalc.conventions import find
from costcalc.convert.to_torch import to_torch, zeros
from costcalc.measure.peers import calflops_flops, calflops_macs
from costcalc.spec import (
    Graph,
    Run,
    TorchCall,
    add,
    batch_norm,
    conv,
    conv_transpose,
    dropout,
    embedding,
    group_norm,
    instance_norm,
    layer_norm,
    leaky_relu,
    linear,
    lrn,
    matmul,
    max_pool,
    multi_head_attention,
    relu,
    relu6,
    sigmoid,
    silu,
    softmax,
    trace,
    upsample,
)
from costcalc.spec.noticed import Noticed

BOTH = ("calflops_macs", "calflops_flops")


def one(op: Any, *shapes: tuple[int, ...], **settings: Any) -> Graph:
    """A network of one layer, which is called "layer"."""
    return trace(lambda *xs: op(*xs, name="layer", **settings), *shapes)


def counted(model: nn.Module, *inputs: torch.Tensor) -> tuple[int, int]:
    """The tool's MACs and FLOPs. It takes the device from a parameter, so there has to be one."""
    model.register_parameter("any", nn.Parameter(torch.zeros(1)))
    flops, macs = calflops_flops.run(model, inputs)
    assert calflops_macs.report(model, inputs) == macs
    return macs.total, flops.total


@pytest.mark.parametrize("strategy", ["graphs", "wide_graphs"])
def test_random_networks(strategy: str) -> None:
    """All but those on which the tool fails."""
    held, problems = alone(random_networks, strategy, samples.EXAMPLES, BOTH)
    unequal = [problem for problem in problems if "StopIteration" not in problem and "TypeError" not in problem]
    assert (held, unequal) == (samples.EXAMPLES, [])
    assert len(problems) < samples.EXAMPLES


@pytest.mark.parametrize("name", samples.NAMES)
def test_the_zoo(name: str) -> None:
    layers, held, problems = alone(network, name, 96, BOTH)
    assert problems == []
    assert held >= 2 * (2 + layers)  # total, params and each layer, of both


# On an input of 2x3x4x4, 96 elements: MACs, and FLOPs.
LAYERS = {
    "conv, and its bias": (one(conv, (2, 3, 4, 4), width=5, k=3), 1080, 2 * 1080 + 2 * 5 * 2 * 2),
    "an even window padded the same: 3 of 4 positions": (
        one(conv, (2, 3, 4, 4), width=5, k=2, padding="same", bias=False),
        2 * 5 * 3 * 3 * 3 * 4,
        2 * 2 * 5 * 3 * 3 * 3 * 4,
    ),
    "transposed conv, its bias at the 3x3 positions of a conv": (
        one(conv_transpose, (2, 3, 4, 4), width=6, k=2),
        2 * 3 * 16 * 6 * 4,
        2 * 2 * 3 * 16 * 6 * 4 + 6 * 2 * 3 * 3,
    ),
    "of 2 groups, divided by 4": (
        one(conv_transpose, (2, 4, 4, 4), width=8, k=2, groups=2, bias=False),
        2 * 4 * 16 * 8 // 4 * 4,
        2 * 2 * 4 * 16 * 8 // 4 * 4,
    ),
    "of 3 groups and as many channels: none": (
        one(conv_transpose, (1, 3, 4, 4), width=3, k=1, groups=3, bias=False),
        0,
        0,
    ),
    "a bias of less than nothing: (2 - 4) // 1 + 1 of one axis": (
        one(conv_transpose, (1, 1, 2), width=1, k=4),
        2 * 4,
        2 * 2 * 4 - 1,
    ),
    "linear, no bias": (one(linear, (2, 3, 4, 4), width=5), 96 * 5, 2 * 96 * 5),
    "batch norm": (one(batch_norm, (2, 3, 4, 4)), 0, 2 * 96),
    "batch norm without scale": (one(batch_norm, (2, 3, 4, 4), affine=False), 0, 96),
    "layer norm": (one(layer_norm, (2, 3, 4, 4)), 0, 5 * 96),
    "group norm without scale": (one(group_norm, (2, 3, 4, 4), groups=1, affine=False), 0, 4 * 96),
    "instance norm": (one(instance_norm, (2, 3, 4, 4)), 0, 4 * 96),
    "lrn: 3 products or sums, and the padded squares": (one(lrn, (2, 3, 4, 4), size=3), 0, 3 * 96 + 2 * 5 * 16),
    "relu": (one(relu, (2, 3, 4, 4)), 0, 96),
    "leaky relu": (one(leaky_relu, (2, 3, 4, 4)), 0, 96),
    "silu": (one(silu, (2, 3, 4, 4)), 0, 96),
    "softmax": (one(softmax, (2, 3, 4, 4)), 0, 96),
    "max pool": (one(max_pool, (2, 3, 4, 4), k=2), 0, 96),
    "embedding": (one(embedding, (2, 3), width=4, vocabulary=5), 0, 0),
    "upsample to a size: 36 of one channel": (one(upsample, (2, 3, 4, 4), size=6), 0, 36),
    "by as many scales as inputs: the elements before": (one(upsample, (2, 3, 4, 4), scale=2), 0, 96),
    "attention: the projections": (
        one(multi_head_attention, (2, 5, 4), heads=2),
        2 * 5 * (4 * 12 + 4 * 4),
        2 * 2 * 5 * (4 * 12 + 4 * 4),
    ),
    "attention with weights: the softmax too": (
        one(multi_head_attention, (2, 5, 4), heads=2, need_weights=True),
        2 * 5 * (4 * 12 + 4 * 4),
        2 * 2 * 5 * (4 * 12 + 4 * 4) + 2 * 2 * 5 * 5,
    ),
}
UNSEEN = {
    "relu6: torch's module calls F.hardtanh": one(relu6, (2, 3, 4, 4)),
    "sigmoid": one(sigmoid, (2, 3, 4, 4)),
    "dropout": one(dropout, (2, 3, 4, 4)),
    "a function of ours": one(add, (2, 3, 4, 4), (2, 3, 4, 4)),
    "a product of ours": one(matmul, (2, 3, 4), (2, 4, 5)),
}


@pytest.mark.parametrize("case", LAYERS)
def test_a_layer(case: str) -> None:
    graph, macs, flops = LAYERS[case]
    assert counted(to_torch(graph), *zeros(graph)) == (macs, flops)
    assert [find(name).count(graph.nodes[0], Run(graph)) for name in BOTH] == [macs, flops]


@pytest.mark.parametrize("case", UNSEEN)
def test_a_layer_that_it_does_not_see(case: str) -> None:
    graph = UNSEEN[case]
    assert counted(to_torch(graph), *zeros(graph)) == (0, 0)
    assert [find(name).count(graph.nodes[0], Run(graph)) for name in BOTH] == [None, None]


def test_several_scales_fail_unless_there_are_as_many_as_inputs() -> None:
    graph = one(upsample, (3, 1, 4, 4), scale=2)
    with pytest.raises(TypeError, match="'tuple' and 'int'"):
        counted(to_torch(graph), *zeros(graph))
    assert [find(name).count(graph.nodes[0], Run(graph)) for name in BOTH] == [None, None]
    graph.nodes[0].noticed = Noticed(TorchCall("Upsample", {"scale_factor": 2}))
    assert counted(nn.Upsample(scale_factor=2), *zeros(graph)) == (0, 48)
    assert [find(name).count(graph.nodes[0], Run(graph)) for name in BOTH] == [0, 48]


class Calls(nn.Module):
    def __init__(self, function: Any) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor) -> Any:
        return self.function(x)


def test_what_is_called_when_and_how() -> None:
    """A patched name is seen; an operator, and a function looked up before, are not."""
    before, x = torch.add, torch.zeros(2, 8)
    assert counted(Calls(lambda x: torch.add(x, x)), x) == (0, 16)
    assert counted(Calls(lambda x: x + x), x) == (0, 0)
    assert counted(Calls(lambda x: before(x, x)), x) == (0, 0)
    assert counted(Calls(lambda x: functional.relu6(x)), x) == (0, 16)
    graph = one(relu6, (2, 8))
    graph.nodes[0].noticed = Noticed(TorchCall("torch.nn.functional.relu6"))
    assert [find(name).count(graph.nodes[0], Run(graph)) for name in BOTH] == [0, 16]


def test_a_model_without_parameters_fails_and_its_peer_leaves_nothing_patched() -> None:
    functions = functional.relu, torch.add, torch.Tensor.mul
    with pytest.raises(StopIteration):
        calflops_flops.report(nn.ReLU(), (torch.zeros(1, 3),))
    assert (functional.relu, torch.add, torch.Tensor.mul) == functions
    assert counted(nn.ReLU(), torch.zeros(1, 3)) == (0, 3)


PATCHED = """
import torch
from torch import nn
from torch.nn import functional
from ptflops import get_model_complexity_info
from costcalc.measure.peers.calflops_flops import calflops

x, before, patched = torch.zeros(1, 5), functional.relu, []
for model in (nn.ReLU(), nn.Linear(5, 2)):  # the first fails, the second does not
    try:
        calflops.calculate_flops(model, args=[x], print_results=False)
    except StopIteration:
        pass
    patched.append(functional.relu is not before)
try:
    get_model_complexity_info(nn.ReLU(), (5,))
    failed = ""
except KeyError:
    failed = "KeyError"
print((patched, failed))
"""


def test_the_tool_leaves_torch_patched_after_an_exception_and_breaks_ptflops() -> None:
    """A later run that succeeds does not mend it: it puts back what it found."""
    assert printed(PATCHED) == ([True, True], "KeyError")


def test_train_counts_as_eval() -> None:
    graph = trace(lambda x: batch_norm(conv(x, "c", 5, k=1), "n"), (2, 3, 4, 4))
    model = to_torch(graph).train()
    for name, peer in (("calflops_macs", calflops_macs), ("calflops_flops", calflops_flops)):
        said = peer.report(model, zeros(graph))
        assert model.training
        assert said.total == find(name).total(Run(graph, "train")) == find(name).total(Run(graph))
        assert said.by_module == {**find(name).by_module(Run(graph, "train")), "": said.total}
