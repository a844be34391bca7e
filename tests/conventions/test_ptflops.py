"""ptflops, both backends: computed == reported; and its oddities, each by the tool itself on a network of one layer."""

from typing import Any

import pytest
import samples
import torch
from alone import alone, network, printed, random_networks
from ptflops import get_model_complexity_info
from torch import nn
from torch.nn import functional

from costcalc.conventions import find
from costcalc.conventions.ledger import ledger
from costcalc.convert.to_torch import to_torch
from costcalc.measure.peers import ptflops, ptflops_aten
from costcalc.spec import (
    Graph,
    Run,
    SpecError,
    TorchCall,
    adaptive_avg_pool,
    add,
    avg_pool,
    batch_norm,
    conv,
    conv_transpose,
    gelu,
    group_norm,
    layer_norm,
    leaky_relu,
    linear,
    lrn,
    matmul,
    max_pool,
    multi_head_attention,
    relu,
    relu6,
    scaled_dot_product_attention,
    silu,
    softmax,
    trace,
    transpose,
    upsample,
)
from costcalc.spec.noticed import Noticed

BOTH = ("ptflops", "ptflops_aten")


def counted(model: nn.Module, *shape: int, backend: str = "pytorch", device: str = "cpu") -> Any:
    """The tool's own number for an input of this shape, batch first."""
    settings: dict[str, Any] = {"print_per_layer_stat": False, "as_strings": False, "backend": backend}
    x = torch.zeros(shape, device=device)
    return get_model_complexity_info(model.to(device), shape[1:], input_constructor=lambda _: x, **settings)[0]


def one(op: Any, *shapes: tuple[int, ...], **settings: Any) -> Graph:
    """A network of one layer, which is called "layer"."""
    return trace(lambda *xs: op(*xs, name="layer", **settings), *shapes)


@pytest.mark.parametrize("strategy", ["graphs", "wide_graphs"])
def test_random_networks(strategy: str) -> None:
    held, problems = alone(random_networks, strategy, samples.EXAMPLES, BOTH)
    assert (held, problems) == (samples.EXAMPLES, [])


@pytest.mark.parametrize("name", samples.NAMES)
def test_the_zoo(name: str) -> None:
    layers, held, problems = alone(network, name, 96, BOTH)
    assert problems == []
    assert held >= 2 * 2 + layers  # total and params of both; one of them reports each layer


# An input of 2x3x4x4 has 96 elements, 48 in each of the batch of 2: hooks count by the batch, functions the whole.
LAYERS = {
    "conv, and its bias": (one(conv, (2, 3, 4, 4), width=5, k=3), 5 * 2 * 2 * 3 * 9 + 5 * 2 * 2),
    "conv without": (one(conv, (2, 3, 4, 4), width=5, k=3, bias=False), 5 * 2 * 2 * 3 * 9),
    "transposed conv": (one(conv_transpose, (2, 3, 4, 4), width=6, k=2, groups=3), 3 * 16 * 2 * 4 + 6 * 25),
    "linear, and its bias": (one(linear, (2, 3, 4, 4), width=5), 3 * 4 * 4 * 5 + 3 * 4 * 5),
    "batch norm": (one(batch_norm, (2, 3, 4, 4)), 2 * 48),
    "batch norm without scale": (one(batch_norm, (2, 3, 4, 4), affine=False), 48),
    "group norm": (one(group_norm, (2, 3, 4, 4), groups=1), 2 * 48),
    "layer norm, scaled too": (one(layer_norm, (2, 3, 4, 4)), 48),
    "relu, twice": (one(relu, (2, 3, 4, 4)), 48 + 96),
    "gelu, twice": (one(gelu, (2, 3, 4, 4)), 48 + 96),
    "relu6, by its hook": (one(relu6, (2, 3, 4, 4)), 48),
    "leaky relu, by its hook": (one(leaky_relu, (2, 3, 4, 4)), 48),
    "silu, by its function": (one(silu, (2, 3, 4, 4)), 96),
    "softmax, by its function": (one(softmax, (2, 3, 4, 4)), 96),
    "max pool, twice": (one(max_pool, (2, 3, 4, 4), k=2), 48 + 96),
    "avg pool, twice": (one(avg_pool, (2, 3, 4, 4), k=2), 48 + 96),
    "global pool, twice": (one(adaptive_avg_pool, (2, 3, 4, 4)), 48 + 96),
    "lrn: 3 products or sums, and the padded squares": (one(lrn, (2, 3, 4, 4), size=3), 3 * 96 + 2 * 5 * 16),
    "upsample to a size": (one(upsample, (2, 3, 4, 4), size=6), 3 * 36 // 2 + 2 * 3 * 36),
    "upsample by scales cut to integers": (one(upsample, (2, 3, 4, 4), scale=1.5), 3 * 36 // 2 + 96 * 1 * 1),
    "a half upsampled adds nothing": (one(upsample, (1, 1, 4, 4), scale=0.5), 2 * 2 + 16 * 0 * 0),
    "half a count is cut off": (one(upsample, (2, 1, 2, 2), size=3), (9 + 2 * 18) // 2),
    "no function of ours": (one(add, (2, 3, 4, 4), (2, 3, 4, 4)), 0),
    "no product of ours": (one(matmul, (2, 3, 4), (2, 4, 5)), 0),
    "attention: q scaled, products, softmax": (
        one(multi_head_attention, (2, 5, 4), heads=2),
        5 * 4 + (3 * 5 * 4 * 4 + 3 * 5 * 4) + 2 * (5 * 5 * 2 + 5 * 5 + 5 * 5 * 2) + 5 * 4 * (4 + 1),
    ),
    "attention without biases has the last one": (
        one(multi_head_attention, (2, 5, 4), heads=2, bias=False),
        5 * 4 + 3 * 5 * 4 * 4 + 2 * (5 * 5 * 2 + 5 * 5 + 5 * 5 * 2) + 5 * 4 * (4 + 1),
    ),
    "attention with weights: products and softmax again": (
        one(multi_head_attention, (2, 5, 4), heads=2, need_weights=True),
        5 * 4 + (3 * 5 * 4 * 4 + 3 * 5 * 4) + 250 + 5 * 4 * (4 + 1) + 2 * 250,
    ),
}


@pytest.mark.parametrize("case", LAYERS)
def test_a_layer(case: str) -> None:
    graph, expected = LAYERS[case]
    inputs = tuple(torch.zeros(t.shape) for t in graph.inputs)
    assert ptflops.report(to_torch(graph), inputs).total == expected
    convention = find("ptflops")
    assert convention.total(Run(graph)) == expected
    macs = sum(node.facts.macs.value for node in graph.nodes if node.facts.macs)
    assert macs + sum(line.difference for line in ledger(convention, Run(graph))) == expected


def test_halves_add_up() -> None:
    """Twice 9/2 of hooks, 18 of a function, and 18 again: 45, where each alone is cut to 22."""
    graph = trace(lambda x: upsample(upsample(x, "a", size=3), "b", size=3), (2, 1, 2, 2))
    assert counted(to_torch(graph), 2, 1, 2, 2) == 45
    convention = find("ptflops")
    assert convention.total(Run(graph)) == 45
    assert sorted(line.difference for line in ledger(convention, Run(graph))) == [1, 44]


def test_upsampled_by_one_scale() -> None:
    """Not cut: 36 of the hook, and 16 · 1.5²."""
    graph = one(upsample, (1, 1, 4, 4), scale=1.5)
    graph.nodes[0].noticed = Noticed(TorchCall("Upsample", {"scale_factor": 1.5}))
    assert counted(nn.Upsample(scale_factor=1.5), 1, 1, 4, 4) == 36 + 36
    assert find("ptflops").total(Run(graph)) == 36 + 36


class Calls(nn.Module):
    def __init__(self, function: Any) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor) -> Any:
        return self.function(x)


def test_what_is_called_when_and_how() -> None:
    """A patched name is seen; an operator, a function looked up before, and F.linear are not."""
    before = torch.add
    assert counted(Calls(lambda x: torch.add(x, x)), 2, 8) == 16
    assert counted(Calls(lambda x: x + x), 2, 8) == 0
    assert counted(Calls(lambda x: before(x, x)), 2, 8) == 0
    assert counted(Calls(lambda x: functional.linear(x, torch.zeros(5, 8))), 2, 8) == 0
    assert counted(Calls(lambda x: functional.relu6(x)), 2, 8) == 16
    graph = one(relu6, (2, 8))
    graph.nodes[0].noticed = Noticed(TorchCall("torch.nn.functional.relu6"))
    assert find("ptflops").total(Run(graph)) == 16


def test_on_the_meta_device_linear_counts_again() -> None:
    """torch's meta kernels are Python, and call the patched torch.mm: so the peers run on real tensors."""
    assert counted(nn.Linear(5, 7), 1, 5) == 5 * 7 + 7
    assert counted(nn.Linear(5, 7), 1, 5, device="meta") == 5 * 7 + 7 + 5 * 7


def test_the_tool_leaves_eval_mode_and_its_peer_does_not() -> None:
    model = nn.Sequential(nn.Linear(5, 7))
    counted(model, 1, 5)
    assert not model.training
    model.train()
    ptflops.report(model, (torch.zeros(1, 5),))
    assert model.training


def test_a_model_that_fails() -> None:
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        ptflops.report(nn.Linear(5, 7), (torch.zeros(1, 6),))
    assert functional.relu.__module__ == "torch.nn.functional"


# The aten backend: batch and all, as the dispatcher runs it.
ATEN = {
    "conv, and its bias": (one(conv, (2, 3, 4, 4), width=5, k=3), 2 * (5 * 2 * 2 * 3 * 9 + 5 * 2 * 2)),
    "transposed conv": (one(conv_transpose, (2, 3, 4, 4), width=6, k=2, groups=3), 2 * (3 * 16 * 2 * 4 + 6 * 25)),
    "linear, and its bias": (one(linear, (2, 4, 3), width=5), 2 * 4 * (3 * 5 + 5)),
    "linear, transposed before, without": (
        trace(lambda x: linear(transpose(x, "t", (0, 2, 1)), "l", 5), (2, 3, 4)),
        2 * 4 * 3 * 5,
    ),
    "in one position all the same": (
        trace(lambda x: linear(transpose(x, "t", (0, 2, 1)), "l", 5), (2, 3, 1)),
        2 * (3 * 5 + 5),
    ),
    "product": (one(matmul, (2, 3, 4), (2, 4, 5)), 2 * 3 * 4 * 5),
    "fused attention": (one(scaled_dot_product_attention, *[(2, 3, 5, 4)] * 3), 0),
    "not fused": (
        one(scaled_dot_product_attention, (2, 3, 5, 4), (2, 3, 6, 4), (2, 3, 6, 2)),
        2 * 3 * 5 * 6 * (4 + 2),
    ),
    "features not side by side": (
        trace(
            lambda q, k: scaled_dot_product_attention(transpose(q, "t", (0, 1, 3, 2)), k, k, name="a"),
            (2, 3, 4, 5),
            (2, 3, 6, 4),
        ),
        2 * 3 * 5 * 6 * (4 + 4),
    ),
    "self-attention, its first bias lost": (
        one(multi_head_attention, (2, 5, 4), heads=2),
        2 * 5 * (4 * 12 + 4 * 4 + 4),
    ),
    "and not of one input": (one(multi_head_attention, (1, 5, 4), heads=2), 5 * (4 * 12 + 12 + 4 * 4 + 4)),
    "with weights": (
        one(multi_head_attention, (2, 5, 4), heads=2, need_weights=True),
        2 * 5 * (4 * 12 + 4 * 4 + 4) + 2 * 2 * 2 * 5 * 5 * 2,
    ),
    "norm": (one(batch_norm, (2, 3, 4, 4)), 0),
}


@pytest.mark.parametrize("case", ATEN)
def test_a_layer_in_aten(case: str) -> None:
    graph, expected = ATEN[case]
    inputs = tuple(torch.zeros(t.shape) for t in graph.inputs)
    assert ptflops_aten.report(to_torch(graph), inputs).total == expected
    assert find("ptflops_aten").total(Run(graph)) == expected


def test_aten_looks_at_children_alone_and_leaves_its_hooks_on_them() -> None:
    model = nn.Sequential(nn.Sequential(nn.Linear(5, 7)), nn.Linear(7, 2, bias=False))
    said = ptflops_aten.report(model, (torch.zeros(1, 5),))
    assert said.by_module == {"": 42 + 14, "0": 42, "1": 14}
    assert [len(child._forward_hooks) for child in model.children()] == [1, 1]


def test_the_tool_in_a_fresh_process() -> None:
    code = """
import torch
from costcalc.measure.peers.ptflops import report
print(report(torch.nn.Sequential(torch.nn.ReLU()), (torch.zeros(3, 8),)).total)
"""
    assert printed(code) == 8 + 24


def test_an_op_that_it_does_not_know() -> None:
    graph = one(scaled_dot_product_attention, *[(2, 3, 5, 4)] * 3)
    assert [find(name).count(graph.nodes[0], Run(graph)) for name in BOTH] == [None, None]
    with pytest.raises(SpecError):
        one(multi_head_attention, (2, 5, 4), heads=3)
