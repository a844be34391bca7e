"""Random networks of all ops: images that may become sequences, and sequences with attention."""

from __future__ import annotations

from contextlib import suppress
from math import prod
from typing import Any, cast

from hypothesis import strategies as st
from strategies import LAYERS, Draw, conv_settings, either

from costcalc.spec import (
    Graph,
    SpecError,
    Tensor,
    adaptive_avg_pool,
    add,
    block,
    channel_shuffle,
    concat,
    conv,
    conv_transpose,
    dropout,
    einsum,
    embedding,
    flatten,
    gelu,
    group_norm,
    gru,
    hard_sigmoid,
    hard_swish,
    instance_norm,
    layer_norm,
    leaky_relu,
    linear,
    lstm,
    matmul,
    mean,
    multi_head_attention,
    multiply,
    pad,
    rbf,
    relu,
    relu6,
    reshape,
    rnn,
    same_pad,
    scale,
    scaled_dot_product_attention,
    shared,
    sigmoid,
    silu,
    softmax,
    split,
    tanh,
    trace,
    transpose,
    unflatten,
    upsample,
)

ACTIVATIONS = [hard_swish, gelu, silu, hard_sigmoid, tanh, leaky_relu, relu6, sigmoid, softmax, relu, dropout]
IN_PLACE = (relu6, leaky_relu, hard_sigmoid, silu, hard_swish, relu, dropout)
MODES = {1: ["nearest", "linear"], 2: ["nearest", "bilinear", "bicubic", "nearest-exact"], 3: ["nearest", "trilinear"]}
ENOUGH = 20_000
"""Elements past which nothing grows."""


def _any_activation(draw: Draw, x: Tensor, name: str) -> Tensor:
    kind = draw(st.sampled_from(ACTIVATIONS))
    own = x.node is not None and x.node.op in ("conv", "linear")  # torch refuses to work in place on some views
    return kind(x, name, **({"inplace": draw(st.booleans())} if own and kind in IN_PLACE else {}))


def _conv_transpose(draw: Draw, x: Tensor, name: str) -> Tensor:
    axes = len(x.shape) - 2
    settings = conv_settings(draw, x)
    stride = 1 if prod(x.shape) > ENOUGH else draw(st.integers(1, 3))
    settings.update(stride=stride, padding=either(draw, axes, st.integers(0, 2)))
    settings["output_padding"] = either(draw, axes, st.integers(0, stride - 1))
    return conv_transpose(x, name, settings["groups"] * draw(st.integers(1, 3)), **settings)


def _any_norm(draw: Draw, x: Tensor, name: str) -> Tensor:
    kind, affine = draw(st.sampled_from(["group", "instance", "layer"])), draw(st.booleans())
    if kind == "layer":
        axes = draw(st.integers(1, len(x.shape) - 1))
        return layer_norm(x, name, axes=axes, affine=affine, bias=draw(st.booleans()))
    if kind == "instance":
        return instance_norm(x, name, affine=affine)
    groups = draw(st.sampled_from([g for g in (1, 2, 3, x.shape[1]) if x.shape[1] % g == 0]))
    return group_norm(x, name, groups=groups, affine=affine)


def _upsample(draw: Draw, x: Tensor, name: str) -> Tensor:
    axes = len(x.shape) - 2
    mode = draw(st.sampled_from(MODES[axes]))
    corners = None if mode.startswith("nearest") else draw(st.sampled_from([None, True, False]))
    if draw(st.booleans()):
        return upsample(x, name, size=either(draw, axes, st.integers(1, 9)), mode=mode, align_corners=corners)
    scale = draw(st.sampled_from([1, 0.5] if prod(x.shape) > ENOUGH else [1, 2, 1.5, 0.7]))
    return upsample(x, name, scale=scale, mode=mode, align_corners=corners)


def _gate(draw: Draw, x: Tensor, name: str) -> Tensor:
    """Squeeze and excitation."""
    y = conv(adaptive_avg_pool(x, f"{name}_squeeze"), f"{name}_excite", x.shape[1], k=1, bias=draw(st.booleans()))
    return multiply(x, sigmoid(y), name=name)


def _pads(draw: Draw, x: Tensor, name: str) -> Tensor:
    axes = len(x.shape) - 2
    if draw(st.booleans()):
        return same_pad(x, name, k=draw(st.integers(1, 4)), stride=draw(st.integers(1, 2)))
    pair = st.tuples(st.integers(0, 2), st.integers(0, 2))
    return pad(x, name, pads=draw(st.lists(pair, min_size=1, max_size=axes)), value=1.0)


def _channels(draw: Draw, x: Tensor, name: str) -> Tensor:
    """The channels apart, shuffled, scaled and together again."""
    n, c, *size = x.shape
    x = channel_shuffle(x, name, groups=draw(st.sampled_from([g for g in (1, 2, 3, c) if c % g == 0])))
    if c > 1:
        first, second = split(x, f"{name}_split", sizes=[1, c - 1])
        x = concat(scale(second, f"{name}_scale", factor=0.5), first, name=f"{name}_concat")
    if c % 2 == 0:
        x = reshape(unflatten(x, f"{name}_unflatten", sizes=(2, c // 2)), f"{name}_reshape", (n, -1, *size))
    return x


def _linear(draw: Draw, x: Tensor, name: str) -> Tensor:
    return linear(x, name, draw(st.integers(1, 8)), bias=draw(st.booleans()))


def _transformer(draw: Draw, x: Tensor, name: str) -> Tensor:
    heads = draw(st.sampled_from([h for h in (1, 2, 3, 4, 6) if x.shape[2] % h == 0]))
    settings = {"bias": draw(st.booleans()), "need_weights": draw(st.booleans())}
    settings["dropout"] = draw(st.sampled_from([0.0, 0.5]))
    again = shared(multi_head_attention) if draw(st.booleans()) else None
    y = multi_head_attention(layer_norm(x, f"{name}_norm"), f"{name}.self", heads=heads, **settings)
    return add(x, again(y, f"{name}.self", heads=heads, **settings) if again else y, name=name)


def _recurrent(draw: Draw, x: Tensor, name: str) -> Tensor:
    """Read from one end or both, in layers, with the batch first or what is one's first axis as positions."""
    kind = draw(st.sampled_from([gru, lstm, rnn]))
    settings: dict[str, Any] = {key: draw(st.booleans()) for key in ("bidirectional", "bias", "batch_first")}
    settings["layers"] = draw(st.integers(1, 3))
    settings["dropout"] = draw(st.sampled_from([0.0, 0.5])) if settings["layers"] > 1 else 0.0
    width = draw(st.integers(1, 4))
    if kind is lstm and width > 1 and draw(st.booleans()):
        settings["projection"] = draw(st.integers(1, width - 1))
    made: Any = kind(x, name, width, **settings)
    return cast("Tensor", made[0])


def _attention_by_hand(draw: Draw, x: Tensor, name: str) -> Tensor:
    """With heads of their own or without, keys and values of fewer positions, values of another width."""
    n, length, width = x.shape
    heads = draw(st.sampled_from([0, 1, 2, 3]))
    least = max(heads, 1)
    e, e_v = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    fused, causal, bias = draw(st.sampled_from([True, True, False])), draw(st.booleans()), draw(st.booleans())
    kept = draw(st.integers(1, length))

    @block
    def attention(t: Tensor) -> Tensor:
        s = split(t, "keep", sizes=[kept, length - kept], axis=1)[0] if kept < length else t
        q, k = linear(t, "q", least * e, bias=bias), linear(s, "k", least * e, bias=bias)
        v = linear(s, "v", least * (e_v if draw(st.booleans()) else e), bias=bias)
        if not heads and draw(st.booleans()):  # keys whose features lie apart in memory
            k = transpose(reshape(k, "k_columns", (n, e, kept)), "k_apart", (0, 2, 1))
        if heads:
            q, k, v = (
                transpose(reshape(y, f"{i}_heads", (n, -1, heads, y.shape[2] // heads)), f"{i}_first", (0, 2, 1, 3))
                for i, y in zip("qkv", (q, k, v), strict=True)
            )
        if fused:
            y = scaled_dot_product_attention(q, k, v, name="sdpa", causal=causal)
        else:
            if draw(st.booleans()):
                equation = draw(
                    st.sampled_from(["...id,...jd->...ij", "nhid, nhjd -> nhij" if heads else "nid,njd->nij"])
                )
                y = einsum(q, k, equation=equation, name="scores")
            else:
                y = matmul(q, transpose(k, "k_transposed", (0, 1, 3, 2) if heads else (0, 2, 1)), name="scores")
            y = matmul(dropout(softmax(scale(y, factor=0.5), axis=-1)), v, name="mix")
        if heads:
            y = flatten(transpose(y, "back", (0, 2, 1, 3)), "merge", start=2)
        return linear(y, "out", width, bias=bias)

    return add(attention(x, name), x, name=f"{name}_add")


WIDE_LAYERS = [_conv_transpose, _any_norm, _any_activation, _upsample, _gate, _pads, _channels, *LAYERS]
SEQUENCE_LAYERS = [
    _linear,
    _any_norm,
    _any_activation,
    _transformer,
    _recurrent,
    _attention_by_hand,
    _attention_by_hand,
]
ENDS = ("shrinks to nothing", "at most half", "same_pad", "needs more than one")


def _chain(draw: Draw, x: Tensor, name: str, layers: list[Any]) -> Tensor:
    with suppress(TooSmall):
        for step in range(draw(st.integers(1, 4))):
            x = _layer(draw, x, f"{name}{step}", draw(st.sampled_from(layers)))
    return x


class TooSmall(Exception):
    """The window has outgrown the tensor, or nothing is left to normalise: the chain ends here."""


def _layer(draw: Draw, x: Tensor, name: str, layer: Any) -> Tensor:
    try:
        made: Tensor = layer(draw, x, name)
        return made
    except SpecError as error:
        if any(end in str(error) for end in ENDS):
            raise TooSmall from error
        raise


@st.composite
def wide_graphs(draw: Draw, least_batch: int = 1) -> Graph:
    """An image that becomes a sequence, or a sequence of numbers or ids, through any of the ops."""
    batch = draw(st.integers(least_batch, 3))

    def image(x: Tensor) -> Any:
        x = _chain(draw, x, "image", WIDE_LAYERS)
        if draw(st.booleans()):
            return x
        if draw(st.booleans()):
            return linear(mean(x, "mean", axes=range(2, len(x.shape))), "head", 3)
        return ending(_chain(draw, transpose(flatten(x, start=2), "positions", (0, 2, 1)), "sequence", SEQUENCE_LAYERS))

    def sequence(x: Tensor, *tables: Tensor) -> Any:
        if len(x.shape) == 2:
            x = embedding(x, "tokens", draw(st.integers(1, 12)), vocabulary=draw(st.integers(1, 20)))
        for i, table in enumerate(tables):
            x = matmul(table, x, name=f"table{i}")
        return ending(_chain(draw, x, "sequence", SEQUENCE_LAYERS))

    def ending(x: Tensor) -> Any:
        if draw(st.booleans()):
            return x
        return rbf(mean(x, "positions_mean", axes=(1,)), "rbf", 3), x

    if draw(st.booleans()):
        axes = draw(st.sampled_from([1, 2, 2, 2, 3]))
        sides = draw(st.tuples(*[st.integers(3, 10)] * axes))
        return trace(image, (batch, draw(st.sampled_from([1, 2, 3, 4, 6])), *sides), name="wide")
    length = draw(st.integers(1, 6))
    ids = draw(st.booleans())
    leading = draw(st.sampled_from([(), (1,), (batch,)]))
    tables = [(*leading, 4, length)] if draw(st.booleans()) else []
    shape = (batch, length) if ids else (batch, length, draw(st.integers(1, 12)))
    return trace(sequence, shape, *tables, name="wide")
