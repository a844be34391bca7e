"""thop's convention against thop: every network of the zoo, random networks, and each of its quirks by itself."""

import logging
from typing import Any

import pytest
import samples
import thop
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import graphs
from torch import nn
from wide_strategies import wide_graphs

from costcalc import zoo
from costcalc.conventions import find
from costcalc.conventions.ledger import ledger
from costcalc.measure.worker import in_process
from costcalc.spec import (
    Graph,
    Run,
    Tensor,
    adaptive_avg_pool,
    conv,
    group_norm,
    linear,
    max_pool,
    relu,
    trace,
    upsample,
)
from costcalc.spec.facts import TorchCall
from costcalc.spec.graph import Mode
from costcalc.spec.noticed import Noticed

THOP = find("thop")
MANY = settings(max_examples=samples.EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def agree(graph: Graph, mode: Mode = "eval", device: str = "cpu") -> None:
    """Total, every module and params: computed == reported."""
    reported, _ = in_process("thop", graph, mode, device)
    computed = THOP.by_module(Run(graph, mode))
    assert THOP.total(Run(graph, mode)) == reported.total
    assert {path: n for path, n in computed.items() if n} == {path: n for path, n in reported.by_module.items() if n}
    assert THOP.params(Run(graph, mode)) == reported.params
    macs = sum(n.facts.macs.value for n in graph.nodes if n.facts.macs and n not in graph.not_run(mode))
    assert macs + sum(line.difference for line in ledger(THOP, Run(graph, mode))) == reported.total


def profile(model: nn.Module, *shape: int) -> tuple[float, float]:
    """What thop itself says of a model: ops and params."""
    ops, params = thop.profile(model, (torch.zeros(shape),), verbose=False)
    return ops, params


@pytest.mark.parametrize("name", samples.NAMES)
def test_the_zoo(name: str) -> None:
    agree(zoo.find(name).build(), device="meta")


@pytest.mark.parametrize("name", ["googlenet_aux", "inception_v3_aux"])
def test_in_training_it_counts_as_in_eval(name: str) -> None:
    graph = zoo.find(name).build(batch=2)
    agree(graph, "train", "meta")
    assert THOP.total(Run(graph, "train")) == THOP.total(Run(graph))
    assert "not run: thop puts the model in eval mode" in {line.why for line in ledger(THOP, Run(graph, "train"))}


@MANY
@given(graphs())
def test_random_networks(graph: Graph) -> None:
    agree(graph)


@MANY
@given(wide_graphs(least_batch=2))
def test_random_networks_of_every_op_in_training(graph: Graph) -> None:
    logging.getLogger().setLevel(logging.ERROR)  # it warns of ways to upsample that it takes for zero
    agree(graph, "train")


@MANY
@given(st.integers(1, 3), st.data())
def test_adaptive_pools_are_made_in_floats_and_cut_off(axes: int, data: st.DataObject) -> None:
    sizes = data.draw(st.tuples(*[st.integers(1, 40)] * axes))
    bins = data.draw(st.tuples(*[st.integers(1, 13)] * axes))
    agree(trace(lambda x: adaptive_avg_pool(x, "pool", bins), (1, 3, *sizes)), device="meta")


def test_ledger_of_torchvisions_googlenet() -> None:
    """4 per element of the 3,226,160 normalised; 1024·7·7 inputs and 1024 outputs of the global pool."""
    graph = zoo.find("googlenet_torchvision").build()
    lines = [(line.op, line.layers, line.difference) for line in ledger(THOP, Run(graph))]
    assert lines == [("batch_norm", 57, 4 * 3_226_160), ("adaptive_avg_pool", 1, 1024 * 49 + 1024)]
    assert THOP.total(Run(graph)) == 1_498_376_192 + 12_904_640 + 51_200
    agree(graph, device="meta")


# Each quirk, by the tool itself.


def test_a_layer_by_itself_has_no_params() -> None:
    assert profile(nn.Linear(3, 4), 2, 3) == (2 * 3 * 4, 0)
    assert profile(nn.Sequential(nn.Linear(3, 4)), 2, 3) == (2 * 3 * 4, 3 * 4 + 4)


def test_a_subclass_is_another_class() -> None:
    class Mine(nn.Linear):
        pass

    assert profile(nn.Sequential(Mine(3, 4)), 2, 3) == (0, 0)


def test_params_of_a_module_without_a_hook_are_left_out() -> None:
    assert profile(nn.Sequential(nn.GroupNorm(2, 4)), 1, 4, 5) == (0, 0)
    graph = trace(lambda x: group_norm(conv(x, "c", 4, k=1), "n", groups=2), (1, 3, 5, 5))
    assert THOP.params(Run(graph)) == 3 * 4 + 4
    agree(graph)


def test_attention_is_not_seen() -> None:
    """Not even its projection, which is of a subclass of Linear."""
    x = torch.zeros(1, 5, 4)
    assert thop.profile(nn.MultiheadAttention(4, 2), (x, x, x), verbose=False) == (0, 0)


def test_params_of_what_did_not_run_are_left_out() -> None:
    graph = zoo.find("googlenet_aux").build()
    agree(graph, device="meta")
    assert THOP.params(Run(graph)) == 6_998_552  # of 13,378,280 with the two heads
    assert not [path for path in THOP.params_by_module(Run(graph)) if path.startswith("aux_")]


def test_functions_are_not_seen() -> None:
    class ByHand(nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            return nn.functional.softmax(x @ x, dim=1)

    assert profile(ByHand(), 3, 3) == (0, 0)


def test_a_transposed_convolution_counts_at_every_position_of_its_output() -> None:
    model = nn.Sequential(nn.ConvTranspose2d(6, 4, 2, stride=2, groups=2, bias=False))
    macs = 6 * 5 * 5 * (4 // 2) * 2 * 2  # each element of the input, spread over the window of each channel
    assert profile(model, 1, 6, 5, 5)[0] == 2**2 * macs


def test_norms_are_4_an_element_or_2() -> None:
    assert profile(nn.Sequential(nn.BatchNorm1d(3)), 5, 3) == (4 * 15, 6)
    assert profile(nn.Sequential(nn.BatchNorm1d(3, affine=False)), 5, 3) == (2 * 15, 0)


def test_a_softmax_is_3_an_element_less_1_a_sum() -> None:
    assert profile(nn.Sequential(nn.Softmax(dim=1)), 2, 7) == (2 * (3 * 7 - 1), 0)


def test_an_adaptive_pool_is_its_input_and_output_and_can_be_1_less() -> None:
    """From 1 position to 47: (1/47 + 1)·47 is 48 in fractions, and 47.99... in floats."""
    assert profile(nn.Sequential(nn.AdaptiveAvgPool1d(1)), 1, 1, 9) == (9 + 1, 0)
    assert profile(nn.Sequential(nn.AdaptiveAvgPool1d(47)), 1, 1, 1) == (47, 0)
    graph = trace(lambda x: adaptive_avg_pool(x, "pool", 47), (1, 1, 1))
    formula = THOP.formula(graph.nodes[0], Run(graph))
    assert formula is not None
    assert formula.formula == "1 + 47 + -1 = 47"


def test_max_pools_are_zero_and_average_pools_1_an_element_put_out() -> None:
    assert profile(nn.Sequential(nn.MaxPool1d(2)), 1, 3, 8) == (0, 0)
    assert profile(nn.Sequential(nn.AvgPool1d(2)), 1, 3, 8) == (3 * 4, 0)


@pytest.mark.parametrize(("mode", "each", "axes"), [("bilinear", 11, 2), ("bicubic", 259, 2), ("trilinear", 0, 3)])
def test_upsampling(mode: str, each: int, axes: int) -> None:
    assert profile(nn.Sequential(nn.Upsample(scale_factor=2, mode=mode)), 1, 1, *[3] * axes) == (each * 6**axes, 0)
    agree(trace(lambda x: upsample(x, scale=2, mode=mode), (1, 1, *[3] * axes)))


def test_it_leaves_buffers_on_the_model_and_the_peer_takes_them_off() -> None:
    from costcalc.measure.peers.thop import report

    model = nn.Sequential(nn.Linear(3, 4), nn.Sigmoid())
    profile(model, 1, 3)
    assert {"1.total_ops", "1.total_params"} <= set(model.state_dict())
    report(model, (torch.zeros(1, 3),))
    assert set(model.state_dict()) == {"0.weight", "0.bias"}


def test_after_an_exception_its_hooks_and_eval_mode_stay() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(3, 4)).train()
    with pytest.raises(RuntimeError):
        profile(model, 1, 3)
    assert not model.training
    assert len(model[0]._forward_hooks) == 2


def test_a_function_in_place_of_a_module_is_not_seen_by_the_rule_either() -> None:
    def network(x: Tensor) -> Tensor:
        return linear(relu(max_pool(x, k=2)), "fc", 2)

    graph = trace(network, (1, 3, 8))
    for node in graph.nodes:
        assert THOP.count(node, Run(graph)) is not None
        node.noticed = Noticed(TorchCall("torch.nn.functional.any"))
        assert THOP.count(node, Run(graph)) is None
