"""torchprofile's convention against torchprofile: every network of the zoo, random networks, each of its quirks."""

import warnings
from collections.abc import Callable
from contextlib import suppress
from math import prod
from typing import Any

import pytest
import samples
import torch
import torchprofile
from hypothesis import HealthCheck, given, settings
from strategies import graphs
from torch import nn
from unfilled import unfilled
from wide_strategies import wide_graphs

from costcalc import zoo
from costcalc.conventions import find
from costcalc.conventions.ledger import ledger
from costcalc.convert.to_torch import to_torch, zeros
from costcalc.measure.worker import in_process
from costcalc.spec import (
    CostcalcError,
    Graph,
    Run,
    Tensor,
    batch_norm,
    channel_shuffle,
    conv,
    conv_transpose,
    dropout,
    gelu,
    hard_sigmoid,
    hard_swish,
    leaky_relu,
    linear,
    lrn,
    max_pool,
    multi_head_attention,
    pad,
    relu,
    relu6,
    sigmoid,
    silu,
    softmax,
    tanh,
    trace,
    upsample,
)
from costcalc.spec.graph import Mode

TORCHPROFILE = find("torchprofile")
MANY = settings(max_examples=samples.EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def agree(graph: Graph, mode: Mode = "eval") -> None:
    """The total: computed == reported, and the ledger closes."""
    reported, _ = in_process("torchprofile", graph, mode, "cpu")
    assert TORCHPROFILE.total(Run(graph, mode)) == reported.total
    macs = sum(n.facts.macs.value for n in graph.nodes if n.facts.macs and n not in graph.not_run(mode))
    assert macs + sum(line.difference for line in ledger(TORCHPROFILE, Run(graph, mode))) == reported.total


def agree_one_by_one(graph: Graph) -> None:
    """The tool's numbers by traced op, in order, against the terms of the formulas (ops that run as they stand)."""
    with unfilled(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        by_op = torchprofile.profile_macs(to_torch(graph), zeros(graph), reduction=None)
    formulas = [TORCHPROFILE.formula(node, "eval") for node in TORCHPROFILE.counts(Run(graph))]
    computed = [prod(factors) for formula in formulas if formula for _, factors in formula.terms]
    assert computed == [count for count in by_op.values() if count]
    assert TORCHPROFILE.total(Run(graph)) == sum(by_op.values())


def macs(model: nn.Module, *shapes: tuple[int, ...]) -> Any:
    """What torchprofile itself says of a model; a warning for an op without a handler is let through."""
    return torchprofile.profile_macs(model, tuple(torch.zeros(shape) for shape in shapes))


def small(name: str) -> Graph:
    """A network of the zoo at 64x64, or at the least the size it can have: half its own, or its own."""
    network = zoo.find(name)
    for size in (64, network.input[1] // 2):
        with suppress(CostcalcError):
            return network.build(input=(network.input[0], size, size))
    return network.build()


@pytest.mark.parametrize("name", samples.NAMES)
def test_the_zoo(name: str) -> None:
    agree_one_by_one(small(name))


@pytest.mark.parametrize("name", ["googlenet_aux", "inception_v3_aux"])
def test_in_training_with_the_heads(name: str) -> None:
    agree(zoo.find(name).build(batch=2), "train")


@MANY
@given(graphs())
def test_random_networks_op_by_op(graph: Graph) -> None:
    agree_one_by_one(graph)


@MANY
@given(wide_graphs())
def test_random_networks_of_every_op(graph: Graph) -> None:
    agree(graph)


@MANY
@given(wide_graphs(least_batch=2))
def test_in_training_too(graph: Graph) -> None:
    agree(graph, "train")


def test_ledger_of_torchvisions_googlenet() -> None:
    """1 per element of the 3,226,160 normalised, and of the 1024 outputs of the global pool."""
    graph = zoo.find("googlenet_torchvision").build()
    lines = [(line.op, line.layers, line.difference) for line in ledger(TORCHPROFILE, Run(graph))]
    assert lines == [("batch_norm", 57, 3_226_160), ("adaptive_avg_pool", 1, 1_024)]
    agree(graph)
    assert TORCHPROFILE.total(Run(graph)) == 1_498_376_192 + 3_227_184


# Each quirk, by the tool itself.


def test_an_even_window_padded_same_is_not_seen() -> None:
    with pytest.warns(UserWarning, match="aten::_convolution_mode"):
        assert macs(nn.Conv2d(3, 4, 2, padding="same"), (1, 3, 5, 5)) == 0
    graph = trace(lambda x: conv(x, "c", 4, k=2, padding="same"), (1, 3, 5, 5))
    assert TORCHPROFILE.count(graph.nodes[0], Run(graph)) is None


@pytest.mark.parametrize(("width", "channels"), [(6, 3), (4, 6)])
def test_a_transposed_convolution(width: int, channels: int) -> None:
    """At every position of the output; with 2 groups, all 6 channels in, unless as many come out."""
    model = nn.ConvTranspose2d(6, width, 2, stride=2, groups=2, bias=False)
    assert macs(model, (1, 6, 5, 5)) == width * 10 * 10 * channels * 2 * 2
    agree(trace(lambda x: conv_transpose(x, "t", width, k=2, stride=2, groups=2), (1, 6, 5, 5)))


def test_arithmetic_on_sizes_counts() -> None:
    class Sizes(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.view(x.shape[0] * x.shape[1])

    assert macs(Sizes(), (2, 3)) == 1


def test_attention_multiplies_sizes_and_scales_queries() -> None:
    x = (2, 5, 8)
    products = 4 * 2 * 5 * 8 * 8 + 2 * 2 * 5 * 5 * 8
    attention = nn.MultiheadAttention(8, 2, batch_first=True)  # scales queries; its weights' mean over heads is put out
    assert macs(attention, x, x, x) == products + 4 + 2 * 5 * 8 + 2 * 5 * 5
    for need_weights, scaled in ((False, 0), (True, 2 * 5 * 8)):
        graph = trace(lambda t, n=need_weights: multi_head_attention(t, "a", heads=2, need_weights=n), x)
        assert TORCHPROFILE.total(Run(graph)) == products + 4 + scaled
        agree(graph)


def test_without_gradients_it_falls_over_torchs_fused_attention() -> None:
    model = to_torch(trace(lambda t: multi_head_attention(t, "a", heads=2), (2, 5, 8)))
    with torch.no_grad(), pytest.raises(AttributeError, match="'NoneType' object has no attribute 'lower'"):
        macs(model, (2, 5, 8))


def test_a_layer_that_no_output_needs_is_not_in_the_trace() -> None:
    def network(x: Tensor) -> Tensor:
        relu(batch_norm(conv(x, "unread", 4, k=1), "norm"))
        return conv(x, "read", 4, k=1)

    graph = trace(network, (1, 4, 5, 5))
    one = 4 * 5 * 5 * 4
    assert TORCHPROFILE.total(Run(graph)) == one
    assert TORCHPROFILE.total(Run(graph, "train")) == 2 * one + 4 * 5 * 5  # the norm's running statistics need it
    assert [(line.op, line.difference, line.why) for line in ledger(TORCHPROFILE, Run(graph))] == [
        ("conv", -one, "not seen: torchprofile walks a trace of torch.jit, and no output needs it")
    ]
    agree(graph)
    agree(graph, "train")


def test_in_place_has_no_handler() -> None:
    assert macs(nn.LeakyReLU(), (2, 3)) == 6
    with pytest.warns(UserWarning, match="aten::leaky_relu_"):
        assert macs(nn.LeakyReLU(inplace=True), (2, 3)) == 0


def test_norms_are_1_an_element_or_nothing() -> None:
    assert macs(nn.BatchNorm1d(3).eval(), (5, 3)) == 15
    assert macs(nn.BatchNorm1d(3, affine=False).eval(), (5, 3)) == 0


def test_local_response_norm_is_3_an_element() -> None:
    with pytest.warns(UserWarning, match="aten::pad"):
        assert macs(nn.LocalResponseNorm(3), (1, 4, 5, 5)) == 3 * 100


def test_upsampling() -> None:
    assert macs(nn.Upsample(scale_factor=2, mode="bilinear"), (1, 3, 2, 2)) == 4 * 3 * 16
    assert macs(nn.Upsample(scale_factor=2), (1, 3, 2, 2)) == 0
    with pytest.warns(UserWarning, match="aten::upsample_bicubic2d"):
        assert macs(nn.Upsample(scale_factor=2, mode="bicubic"), (1, 3, 2, 2)) == 0


ONE: list[Callable[[Tensor], Tensor]] = [
    lambda x: channel_shuffle(x, groups=2),
    lambda x: conv(x, "", 4, k=2, padding="same"),
    lambda x: conv(x, "", 4, k=3, padding="same"),
    lambda x: dropout(x),
    lambda x: gelu(x),
    lambda x: hard_sigmoid(x),
    lambda x: hard_swish(x),
    lambda x: leaky_relu(x),
    lambda x: linear(x, "", 3),
    lambda x: max_pool(x, k=2),
    lambda x: pad(x, pads=[(1, 1)]),
    lambda x: relu(x),
    lambda x: relu6(x),
    lambda x: sigmoid(x),
    lambda x: silu(x),
    lambda x: softmax(x),
    lambda x: tanh(x),
    lambda x: upsample(x, scale=2),
    lambda x: upsample(x, scale=2, mode="nearest-exact"),
]


@pytest.mark.parametrize("network", ONE)
def test_not_seen_is_what_it_warns_of(network: Callable[[Tensor], Tensor]) -> None:
    graph = trace(network, (2, 4, 6, 6))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        torchprofile.profile_macs(to_torch(graph), zeros(graph))
    warned = any("No handlers found" in str(each.message) for each in caught)
    assert (TORCHPROFILE.count(graph.nodes[0], Run(graph)) is None) == warned


def test_lrn_is_seen_but_for_its_padding() -> None:
    graph = trace(lambda x: lrn(x, size=3), (1, 4, 5, 5))
    formula = TORCHPROFILE.formula(graph.nodes[0], Run(graph))
    assert formula is not None
    assert (formula.symbols, formula.value) == ("square + pool + scaling", 300)
