"""Ops by themselves: mult-adds and params as arithmetic, and torch's own parameters, shapes and refusals."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc.convert.to_torch import to_torch, zeros
from costcalc.spec import (
    Graph,
    SpecError,
    Tensor,
    conv_transpose,
    embedding,
    group_norm,
    instance_norm,
    layer_norm,
    matmul,
    multi_head_attention,
    reshape,
    scaled_dot_product_attention,
    trace,
    transpose,
    upsample,
)

FEW = settings(max_examples=100, deadline=None, derandomize=True)


def macs(graph: Graph) -> int:
    return sum(node.facts.macs.value for node in graph.nodes if node.facts.macs)


def params(graph: Graph) -> dict[str, tuple[int, ...]]:
    return {name.rpartition("x.")[2]: shape for name, shape in graph.weights.items()}


def as_torch_does(network: Callable[..., Any], *shapes: tuple[int, ...]) -> Graph:
    """The graph, whose parameters and output are those of its torch model, run without data."""
    graph = trace(network, *shapes)
    model = to_torch(graph, "meta")
    assert {name: tuple(p.shape) for name, p in model.named_parameters()} == graph.weights
    assert tuple(model(*zeros(graph, "meta")).shape) == graph.outputs[0].shape
    return graph


def refused(network: Callable[..., Any], shape: tuple[int, ...], module: Callable[[], torch.nn.Module]) -> bool:
    """True if the rule refuses a layer; then torch does too, or puts out nothing, and else neither does."""
    try:
        as_torch_does(network, shape)
    except SpecError:
        with suppress(ValueError, RuntimeError):
            assert module()(torch.zeros(shape)).numel() == 0
        return True
    return False


def test_conv_transpose() -> None:
    """DCGAN's last layer (Radford et al. 2016): 128 channels of 32x32 to 3 of 64x64."""
    graph = as_torch_does(lambda x: conv_transpose(x, "x", 3, k=4, stride=2, padding=1), (1, 128, 32, 32))
    assert graph.outputs[0].shape == (1, 3, 64, 64)
    assert macs(graph) == 128 * 32 * 32 * 3 * 4 * 4
    assert graph.nodes[0].facts.macs is not None
    assert graph.nodes[0].facts.macs.symbols == "C_in·H_in·W_in·C_out·k_h·k_w"
    assert params(graph) == {"weight": (128, 3, 4, 4), "bias": (3,)}


def test_conv_transpose_in_groups() -> None:
    graph = as_torch_does(lambda x: conv_transpose(x, "x", 6, k=3, groups=2, bias=False), (2, 4, 5))
    assert graph.outputs[0].shape == (2, 6, 7)
    assert macs(graph) == 2 * 4 * 5 * (6 // 2) * 3
    assert params(graph) == {"weight": (4, 3, 3)}


@FEW
@given(st.data(), st.integers(1, 3))
def test_conv_transpose_takes_and_refuses_what_torch_does(data: st.DataObject, axes: int) -> None:
    def sizes(least: int, most: int) -> Any:
        return data.draw(st.tuples(*[st.integers(least, most)] * axes))

    shape = (2, 4, *sizes(1, 5))
    given = {"stride": sizes(1, 3), "padding": sizes(0, 2), "output_padding": sizes(0, 2), "dilation": sizes(1, 3)}
    given["groups"] = data.draw(st.sampled_from([1, 2, 4]))
    k = sizes(1, 4)
    kind = getattr(torch.nn, f"ConvTranspose{axes}d")
    refused(lambda x: conv_transpose(x, "x", 8, k=k, **given), shape, lambda: kind(4, 8, k, **given))


def test_norms() -> None:
    assert params(as_torch_does(lambda x: layer_norm(x, "x"), (2, 5, 8))) == {"weight": (8,), "bias": (8,)}
    assert params(as_torch_does(lambda x: layer_norm(x, "x", axes=2, bias=False), (2, 5, 8))) == {"weight": (5, 8)}
    assert params(as_torch_does(lambda x: layer_norm(x, "x", affine=False), (2, 5, 8))) == {}
    assert params(as_torch_does(lambda x: group_norm(x, "x", groups=2), (2, 6, 8))) == {"weight": (6,), "bias": (6,)}
    assert params(as_torch_does(lambda x: instance_norm(x, "x"), (2, 6, 8))) == {}
    graph = as_torch_does(lambda x: instance_norm(x, "x", affine=True), (2, 6, 4, 4))
    assert (params(graph), macs(graph)) == ({"weight": (6,), "bias": (6,)}, 0)


@FEW
@given(st.integers(1, 2), st.sampled_from([1, 2, 6]), st.sampled_from([(), (1,), (1, 1), (2, 3)]), st.integers(1, 6))
def test_group_norm_refuses_what_torch_does(n: int, channels: int, size: tuple[int, ...], groups: int) -> None:
    shape = (n, channels, *size)
    refused(lambda x: group_norm(x, "x", groups=groups), shape, lambda: torch.nn.GroupNorm(groups, channels))


@pytest.mark.parametrize("shape", [(2, 3, 1), (1, 3, 1, 1), (1, 1, 2)])
def test_instance_norm_refuses_what_torch_does(shape: tuple[int, ...]) -> None:
    kind = getattr(torch.nn, f"InstanceNorm{len(shape) - 2}d")
    assert refused(lambda x: instance_norm(x, "x"), shape, lambda: kind(shape[1])) == (shape[-1] == 1)


def test_matmul() -> None:
    graph = as_torch_does(lambda a, b: matmul(a, b), (2, 8, 5, 4), (2, 8, 4, 3))
    assert macs(graph) == 2 * 8 * 5 * 4 * 3
    repeated = as_torch_does(lambda a, b: matmul(a, b), (1, 5, 4), (2, 8, 4, 3))
    assert (macs(repeated), repeated.outputs[0].shape) == (2 * 8 * 5 * 4 * 3, (2, 8, 5, 3))


@FEW
@given(st.data())
def test_matmul_repeats_as_torch_does(data: st.DataObject) -> None:
    leading = data.draw(st.lists(st.integers(1, 4), max_size=3))
    m, k, p = data.draw(st.tuples(*[st.integers(1, 5)] * 3))

    def thinned() -> tuple[int, ...]:
        kept = leading[data.draw(st.integers(0, len(leading))) :]
        return tuple(data.draw(st.sampled_from([1, size])) for size in kept)

    as_torch_does(lambda a, b: matmul(a, b), (*thinned(), m, k), (*thinned(), k, p))


def test_scaled_dot_product_attention() -> None:
    """8 heads of 64; 10 queries on 20 keys, whose values have 32."""
    shapes = (2, 8, 10, 64), (2, 8, 20, 64), (2, 8, 20, 32)
    graph = as_torch_does(lambda q, k, v: scaled_dot_product_attention(q, k, v), *shapes)
    assert graph.outputs[0].shape == (2, 8, 10, 32)
    assert macs(graph) == 2 * 8 * 10 * 20 * 64 + 2 * 8 * 10 * 20 * 32


def test_multi_head_attention() -> None:
    """ViT-B/16 (Dosovitskiy et al. 2021): 197 positions of 768 features, 12 heads of 64."""
    graph = as_torch_does(lambda x: multi_head_attention(x, "x", heads=12), (1, 197, 768))
    assert macs(graph) == 4 * 197 * 768 * 768 + 2 * 12 * 197 * 197 * 64
    assert params(graph) == {
        "in_proj_weight": (2304, 768),
        "in_proj_bias": (2304,),
        "out_proj.weight": (768, 768),
        "out_proj.bias": (768,),
    }


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("need_weights", [False, True])
def test_multi_head_attention_is_torchs_own(training: bool, need_weights: bool) -> None:
    graph = trace(lambda x: multi_head_attention(x, "x", heads=2, need_weights=need_weights), (2, 5, 4))
    model = to_torch(graph).train(training)
    theirs = torch.nn.MultiheadAttention(4, 2, batch_first=True)
    theirs.load_state_dict(model.x.state_dict())
    assert type(model.x) is torch.nn.MultiheadAttention
    x = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(model(x), theirs(x, x, x)[0], atol=1e-6)


def test_embedding() -> None:
    graph = as_torch_does(lambda x: embedding(x, "x", 768, vocabulary=30522), (2, 16))
    assert (macs(graph), params(graph)) == (0, {"weight": (30522, 768)})
    assert graph.outputs[0].shape == (2, 16, 768)


def test_the_input_that_ids_come_from_is_of_integers() -> None:
    def network(x: Tensor, ids: Tensor) -> Tensor:
        return matmul(x, embedding(reshape(ids, "row", (1, -1)), "x", 3, vocabulary=5))

    graph = as_torch_does(network, (1, 2, 4), (4,))
    assert [t.integer for t in graph.inputs] == [False, True]
    assert [t.dtype for t in zeros(graph)] == [torch.float32, torch.int64]


@FEW
@given(st.data(), st.integers(1, 3), st.booleans())
def test_upsample(data: st.DataObject, axes: int, by_scale: bool) -> None:
    shape = (1, 2, *data.draw(st.tuples(*[st.integers(1, 9)] * axes)))
    mode = data.draw(st.sampled_from(["nearest", {1: "linear", 2: "bilinear", 3: "trilinear"}[axes]]))
    wanted: dict[str, Any]
    if by_scale:
        wanted = {"scale": data.draw(st.one_of(st.integers(1, 3), st.sampled_from([1.1, 1.5, 2.0, 2.3, 3.7])))}
    else:
        wanted = {"size": data.draw(st.tuples(*[st.integers(1, 12)] * axes))}
    assert macs(as_torch_does(lambda x: upsample(x, **wanted, mode=mode), shape)) == 0


def test_transpose_and_reshape() -> None:
    graph = as_torch_does(lambda x: reshape(transpose(x, "t", (0, 2, 1, 3)), "r", (2, 3, -1)), (2, 5, 3, 4))
    assert [node.facts.outputs[0] for node in graph.nodes] == [(2, 3, 5, 4), (2, 3, 20)]
    assert {node.facts.aliases for node in graph.nodes} == {(0,)}


@pytest.mark.parametrize(
    ("network", "shapes", "words"),
    [
        (lambda x: conv_transpose(x, "x", 3, k=3, groups=2), [(1, 4, 5)], "groups=2 must divide the 4 input and 3"),
        (lambda x: conv_transpose(x, "x", 3, k=1, padding=1), [(1, 4, 2)], "shrinks to nothing: padding=1"),
        (lambda x: conv_transpose(x, "x", 3, k=3, output_padding=1), [(1, 4, 5)], "output_padding=1 must be less than"),
        (lambda x: layer_norm(x, "x", axes=3), [(1, 4, 5)], "axes=3 must be a number of last axes, from 1 to 2"),
        (lambda x: group_norm(x, "x", groups=3), [(1, 4, 5)], "groups=3 must divide the 4 channels"),
        (lambda a, b: matmul(a, b), [(2, 3, 4), (2, 5, 6)], "the last axis of 2x3x4 must have the size"),
        (lambda a, b: matmul(a, b), [(2, 3, 4), (3, 4, 6)], "the leading axes of 2x3x4 and 3x4x6 must be equal"),
        (lambda a: matmul(a), [(2, 3, 4)], "matmul needs two inputs"),
        (lambda q, v: scaled_dot_product_attention(q, q, v), [(2, 3, 4), (2, 5, 4)], "values 2x5x4 must be"),
        (lambda x: multi_head_attention(x, "x", heads=3), [(2, 5, 4)], "heads=3 must divide the 4 features"),
        (lambda x: multi_head_attention(x, "x", heads=2), [(2, 4)], "needs an input of shape N, positions"),
        (lambda x: embedding(x, "x", 0, vocabulary=3), [(2, 4)], "width=0 must be a positive integer"),
        (lambda x: upsample(x), [(1, 2, 4)], "needs either size=..., or scale=..."),
        (lambda x: upsample(x, scale=2, mode="bilinear"), [(1, 2, 4)], "must be one of nearest, nearest-exact, linear"),
        (lambda x: upsample(x, scale=0.1), [(1, 2, 4)], "shrinks to nothing: scale=0.1"),
        (lambda x: upsample(x, scale=2, align_corners=True), [(1, 2, 4)], "align_corners is for the modes that"),
        (lambda x: transpose(x, "x", (1, 0)), [(1, 2, 4)], "must be the input's axes 0 to 2 in another order"),
        (lambda x: reshape(x, "x", (3, -1)), [(1, 2, 4)], "must have the 8 elements of the input"),
        (lambda x: reshape(x, "x", (-1, -1)), [(1, 2, 4)], "must have the 8 elements of the input"),
    ],
)
def test_what_cannot_be(network: Callable[..., Any], shapes: list[tuple[int, ...]], words: str) -> None:
    with pytest.raises(SpecError, match=words.replace("(", r"\(")):
        trace(network, *shapes)
