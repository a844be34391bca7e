"""Random networks: convolutions of all settings, pools, norms, branches, shared layers, linear heads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from costcalc.spec import (
    Graph,
    SpecError,
    Tensor,
    adaptive_avg_pool,
    add,
    avg_pool,
    batch_norm,
    block,
    concat,
    conv,
    dropout,
    flatten,
    linear,
    lrn,
    max_pool,
    relu,
    shared,
    softmax,
    trace,
)

Draw = Callable[[st.SearchStrategy[Any]], Any]


def either(draw: Draw, axes: int, numbers: st.SearchStrategy[int]) -> Any:
    """One number, or one for each axis."""
    return draw(st.one_of(numbers, st.tuples(*[numbers] * axes)))


def conv_settings(draw: Draw, x: Tensor) -> dict[str, Any]:
    axes = len(x.shape) - 2
    groups = draw(st.sampled_from([g for g in (1, 2, 3, x.shape[1]) if x.shape[1] % g == 0]))
    settings: dict[str, Any] = {
        "k": either(draw, axes, st.integers(1, 4)),
        "dilation": either(draw, axes, st.integers(1, 2)),
        "groups": groups,
        "bias": draw(st.booleans()),
    }
    if draw(st.booleans()):
        return {**settings, "padding": "same"}
    return {
        **settings,
        "stride": either(draw, axes, st.integers(1, 3)),
        "padding": either(draw, axes, st.integers(0, 3)),
    }


def _conv(draw: Draw, x: Tensor, name: str) -> Tensor:
    settings = conv_settings(draw, x)
    return conv(x, name, settings["groups"] * draw(st.integers(1, 4)), **settings)


def _pool(draw: Draw, x: Tensor, name: str) -> Tensor:
    axes = len(x.shape) - 2
    k = draw(st.integers(1, 4 if axes < 3 else min(4, *x.shape[2:])))  # torch's avg_pool3d wants k <= size unpadded
    settings: dict[str, Any] = {
        "k": k,
        "stride": either(draw, axes, st.integers(1, 3)),
        "padding": draw(st.integers(0, k // 2)),
        "ceil": draw(st.booleans()),
    }
    if draw(st.booleans()):
        return avg_pool(x, name, **settings, count_include_pad=draw(st.booleans()))
    return max_pool(x, name, **settings, dilation=draw(st.integers(1, 2)))


def _norm(draw: Draw, x: Tensor, name: str) -> Tensor:
    if draw(st.booleans()):
        return batch_norm(x, name, affine=draw(st.booleans()))
    return lrn(x, name, size=draw(st.integers(1, 5)))


def _activation(draw: Draw, x: Tensor, name: str) -> Tensor:
    kind = draw(st.sampled_from(["relu", "dropout", "softmax"]))
    if kind == "relu":
        return relu(x, name, inplace=draw(st.booleans()))
    return dropout(x, name, p=0.5) if kind == "dropout" else softmax(x, name)


def _residual(draw: Draw, x: Tensor, name: str) -> Tensor:
    y = conv(x, f"{name}_branch", x.shape[1], k=3, padding=1, bias=draw(st.booleans()))
    return add(y, x, name=name)


def _branches(draw: Draw, x: Tensor, name: str) -> Tensor:
    @block
    def branches(t: Tensor) -> Tensor:
        towers = [conv(t, f"tower.{i}", draw(st.integers(1, 4)), k=1) for i in range(draw(st.integers(1, 3)))]
        return concat(*towers, t)

    return branches(x, name)


def _twice(draw: Draw, x: Tensor, name: str) -> Tensor:
    """A block used twice on the same width: its weights once, its mult-adds twice."""
    bias = draw(st.booleans())

    @block
    def tower(t: Tensor) -> Tensor:
        return relu(batch_norm(conv(t, "conv", t.shape[1], k=3, padding=1, bias=bias), "norm"))

    return shared(tower)(tower(x, name), name)


ENDS = ("shrinks to nothing", "at most half", "same_pad")  # the window has outgrown the tensor: the network ends here
LAYERS = [_conv, _conv, _pool, _norm, _activation, _residual, _branches, _twice]


@st.composite
def graphs(draw: Draw, least_batch: int = 1) -> Graph:
    """A network of one to six steps on 1 to 3 spatial axes, often with a linear head."""
    axes = draw(st.sampled_from([1, 2, 2, 2, 3]))
    sides = draw(st.tuples(*[st.integers(5, 14)] * axes))
    shape = (draw(st.integers(least_batch, 3)), draw(st.sampled_from([1, 2, 3, 6])), *sides)

    def network(x: Tensor) -> Any:
        for step in range(draw(st.integers(1, 6))):
            layer = draw(st.sampled_from(LAYERS))
            try:
                x = layer(draw, x, f"layer{step}")
            except SpecError as error:
                if not any(expected in str(error) for expected in ENDS):
                    raise
                break
        ending = draw(st.sampled_from(["none", "flatten", "global", "last axis"]))
        if ending == "none":
            return x
        if ending == "last axis":
            return linear(x, "head", 5, bias=draw(st.booleans())), x
        if ending == "global":
            x = adaptive_avg_pool(x, "global", draw(st.integers(1, 2)))
        x = relu(linear(flatten(x), "fc", draw(st.integers(1, 8)), bias=draw(st.booleans())))
        return linear(x, "head", 3)

    return trace(network, shape, name="random")
