from typing import Any

import pytest

from costcalc.spec import (
    SpecError,
    Tensor,
    add,
    batch_norm,
    block,
    concat,
    conv,
    flatten,
    linear,
    max_pool,
    outputs,
    pad,
    relu,
    shared,
    split,
    trace,
)

IMAGE = (1, 3, 16, 16)


def test_names_of_blocks_and_of_ops_without_one() -> None:
    @block
    def pair(x: Tensor) -> Tensor:
        return relu(batch_norm(conv(x, "conv", 8, k=3), "bn"))

    graph = trace(lambda x: flatten(relu(pair(pair(x, "a"), "b"))), IMAGE)
    assert [node.name for node in graph.nodes] == [
        "a.conv", "a.bn", "a.bn_relu", "b.conv", "b.bn", "b.bn_relu", "relu", "flatten",
    ]  # fmt: skip
    assert set(graph.weights) == {
        f"{b}.{w}" for b in "ab" for w in ("conv.weight", "conv.bias", "bn.weight", "bn.bias")
    }
    assert graph.buffers["a.bn.running_mean"] == (8,)


def test_a_shared_layer_has_its_weights_once() -> None:
    def network(x: Tensor) -> Tensor:
        return add(conv(x, "tower", 4, k=1), shared(conv)(x, "tower", 4, k=1))

    graph = trace(network, IMAGE)
    assert [node.name for node in graph.nodes] == ["tower", "tower@2", "add"]
    assert {node.path for node in graph.nodes[:2]} == {"tower"}
    assert graph.weights == {"tower.weight": (4, 3, 1, 1), "tower.bias": (4,)}
    assert [node.facts.macs.value for node in graph.nodes[:2] if node.facts.macs] == [4 * 3 * 256] * 2


def test_heads_run_in_training_only() -> None:
    def network(x: Tensor) -> Any:
        x = conv(x, "stem", 4, k=1)
        return outputs(conv(x, "main", 4, k=1), train=[conv(x, "head", 2, k=1)])

    graph = trace(network, IMAGE)
    assert [node.name for node in graph.not_run("eval")] == ["head"]
    assert graph.not_run("train") == frozenset()


def test_a_dead_branch_runs() -> None:
    """Torch would run it too: only what train outputs alone need is left out."""

    def network(x: Tensor) -> Tensor:
        conv(x, "unread", 4, k=1)
        return conv(x, "main", 4, k=1)

    assert trace(network, IMAGE).not_run("eval") == frozenset()


WRONG = {
    "layer 'c' (conv, input 3x16x16): the output shrinks to nothing: a window of 30 is larger than the input of 16": (
        lambda x: conv(x, "c", 4, k=30)
    ),
    "layer 'c' (conv, input 3x16x16): groups=2 must divide the 3 input and 4 output channels": (
        lambda x: conv(x, "c", 4, k=1, groups=2)
    ),
    "layer 'c' (conv, input 3x16x16): conv() got an unexpected keyword argument 'kernel'": (
        lambda x: conv(x, "c", 4, kernel=1)
    ),
    "layer 'c' (conv, input 3x16x16): conv() missing 1 required keyword-only argument: 'k'": (
        lambda x: conv(x, "c", 4)
    ),
    "layer 'c' (conv, input 3x16x16): width=0 must be a positive integer": (lambda x: conv(x, "c", 0, k=1)),
    "layer 'c' (conv, input 3x16x16): padding='valid' must be integers, or 'same'": (
        lambda x: conv(x, "c", 4, k=3, padding="valid")
    ),
    "layer '64' (conv, input 3x16x16): the second argument is the layer's name, a text, not 64": (
        lambda x: conv(x, 64, k=3)
    ),
    "layer 'pool' (max_pool, input 3x16x16): padding=(2, 2) must be at most half of the window k=(3, 3)": (
        lambda x: max_pool(x, "pool", k=3, padding=2)
    ),
    "layer 'concat' (concat, input 3x16x16, 4x15x15): the inputs must agree except along axis 1: "
    "4x15x15 does not match 3x16x16": (lambda x: concat(x, conv(x, "c", 4, k=2))),
    "layer 'add' (add, input 3x16x16, 4x16x16): add needs two tensors of the same shape, "
    "but 4x16x16 does not match 3x16x16": (lambda x: add(x, conv(x, "c", 4, k=1))),
    "layer 'c' (conv, input 4x16x16): the name is taken; choose another, "
    "or use the same weights again with shared(...)": (lambda x: conv(conv(x, "c", 4, k=1), "c", 4, k=1)),
    "layer 'fc' (linear, input 3x16x16): linear() got an unexpected keyword argument 'k'": (
        lambda x: linear(x, "fc", 4, k=1)
    ),
    "layer 'split' (split, input 3x16x16): sizes=(1, 1) must add up to axis 1 of the input": (
        lambda x: split(x, sizes=(1, 1))
    ),
    "layer 'pad' (pad, input 3x16x16): pads=(-1, 0) must be integers of at least 0": (lambda x: pad(x, pads=[(-1, 0)])),
}


@pytest.mark.parametrize("message", WRONG)
def test_an_error_names_the_layer_its_input_and_the_setting(message: str) -> None:
    with pytest.raises(SpecError) as caught:
        trace(WRONG[message], IMAGE)
    assert str(caught.value) == message


def test_a_network_that_returns_no_tensor() -> None:
    with pytest.raises(SpecError, match="returned None, not a tensor"):
        trace(lambda x: None, IMAGE)
