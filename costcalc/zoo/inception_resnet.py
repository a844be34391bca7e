"""Inception-ResNet: Szegedy et al., "Inception-v4, Inception-ResNet and the impact of residual connections on
learning", AAAI 2017, Figures 3, 7 and 10 to 20.

`inception_resnet_v1_paper` and `inception_resnet_v2_paper` are the figures. The networks in use differ from
them: `inception_resnet_v1` is FaceNet's, and `inception_resnet_v2` tf-slim's, named as timm names its layers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from costcalc.spec import (
    Tensor,
    adaptive_avg_pool,
    add,
    architecture,
    avg_pool,
    batch_norm,
    block,
    concat,
    conv,
    dropout,
    flatten,
    linear,
    max_pool,
    relu,
    scale,
)
from costcalc.zoo.inception_v4 import basic_conv, branch
from costcalc.zoo.inception_v4 import stem as inception_v4_stem

V1 = {
    "a": (32, (32, 32), (32, 32, 32), 256),  # Figure 10: 1x1; 1x1, 3x3; 1x1, 3x3, 3x3; 1x1 linear
    "reduction_a": (192, 192, 256, 384),  # Figure 7, Table 1: k, l, m, n
    "b": (128, (128, 128, 128), 896),  # Figure 11: 1x1; 1x1, 1x7, 7x1; 1x1 linear
    "reduction_b": ((256, 384), (256, 256), (256, 256, 256)),  # Figure 12: 1x1, 3x3; 1x1, 3x3; 1x1, 3x3, 3x3
    "c": (192, (192, 192, 192), 1792),  # Figure 13: 1x1; 1x1, 1x3, 3x1; 1x1 linear
}
# Figures 17 and 19 print 1154 and 2048 for the linear layers of b and c; only 1152 and 2144 can be added to their
# inputs, which Reduction-A and Reduction-B put out.
V2 = {
    "a": (32, (32, 32), (32, 48, 64), 384),  # Figure 16
    "reduction_a": (256, 256, 384, 384),  # Figure 7, Table 1
    "b": (192, (128, 160, 192), 1152),  # Figure 17
    "reduction_b": ((256, 384), (256, 288), (256, 288, 320)),  # Figure 18
    "c": (192, (192, 224, 256), 2144),  # Figure 19
}
# tf-slim's stem has 320 output channels, not 384, hence other sums after it.
V2_SLIM = {
    **V2,
    "a": (32, (32, 32), (32, 48, 64), 320),
    "b": (192, (128, 160, 192), 1088),
    "c": (192, (192, 224, 256), 2080),
}


def slim_stem(x: Tensor) -> Tensor:
    """The first layers of Figure 14, as in Inception-v3: (N, 3, 299, 299) -> (N, 192, 71, 71)."""
    x = basic_conv(x, "conv2d_1a", 32, k=3, stride=2, valid=True)
    x = basic_conv(x, "conv2d_2a", 32, k=3, valid=True)
    x = basic_conv(x, "conv2d_2b", 64, k=3)
    x = max_pool(x, "maxpool_3a", k=3, stride=2)
    x = basic_conv(x, "conv2d_3b", 80, k=1)
    return basic_conv(x, "conv2d_4a", 192, k=3, valid=True)


@block
def mixed_5b(x: Tensor) -> Tensor:
    """tf-slim's module before the first A: 192 -> 320 channels."""
    a = basic_conv(x, "branch0", 96, k=1)
    b = branch(x, "branch1", (48, 1), (64, 5))
    c = branch(x, "branch2", (64, 1), (96, 3), (96, 3))
    d = avg_pool(x, "branch3.0", k=3, stride=1, padding=1, count_include_pad=False)
    d = basic_conv(d, "branch3.1", 64, k=1)
    return concat(a, b, c, d)


def v1_stem(x: Tensor) -> Tensor:
    """Figure 14: (N, 3, 299, 299) -> (N, 256, 35, 35)."""
    return basic_conv(slim_stem(x), "conv2d_4b", 256, k=3, stride=2, valid=True)


def v2_stem(x: Tensor) -> Tensor:
    """Figure 3, the stem of Inception-v4: (N, 3, 299, 299) -> (N, 384, 35, 35)."""
    return block(inception_v4_stem)(x, "stem")


def v2_slim_stem(x: Tensor) -> Tensor:
    """Stem of Inception-v3 and mixed_5b: (N, 3, 299, 299) -> (N, 320, 35, 35)."""
    return mixed_5b(max_pool(slim_stem(x), "maxpool_5a", k=3, stride=2), "mixed_5b")


def residual(x: Tensor, branches: Tensor, width: int, *, factor: float) -> Tensor:
    """Figure 20: a 1x1 convolution without activation, scaled, is added to the input."""
    return add(scale(conv(branches, "conv2d", width, k=1), "scale", factor=factor), x)


@block
def inception_resnet_a(x: Tensor, n1: int, n3: tuple[int, ...], d3: tuple[int, ...], width: int) -> Tensor:
    """Figures 10 and 16, on 35x35."""
    a = basic_conv(x, "branch0", n1, k=1)
    b = branch(x, "branch1", (n3[0], 1), (n3[1], 3))
    c = branch(x, "branch2", (d3[0], 1), (d3[1], 3), (d3[2], 3))
    return relu(residual(x, concat(a, b, c), width, factor=0.17), "act")


@block
def reduction_a(x: Tensor, k: int, l: int, m: int, n: int) -> Tensor:  # noqa: E741
    """Figure 7, 35x35 to 17x17."""
    a = basic_conv(x, "branch0", n, k=3, stride=2, valid=True)
    b = branch(x, "branch1", (k, 1), (l, 3))
    b = basic_conv(b, "branch1.2", m, k=3, stride=2, valid=True)
    return concat(a, b, max_pool(x, "branch2", k=3, stride=2))


@block
def inception_resnet_b(x: Tensor, n1: int, n7: tuple[int, ...], width: int) -> Tensor:
    """Figures 11 and 17, on 17x17."""
    a = basic_conv(x, "branch0", n1, k=1)
    b = branch(x, "branch1", (n7[0], 1), (n7[1], (1, 7)), (n7[2], (7, 1)))
    return relu(residual(x, concat(a, b), width, factor=0.10), "act")


@block
def reduction_b(x: Tensor, n3: tuple[int, ...], m3: tuple[int, ...], d3: tuple[int, ...]) -> Tensor:
    """Figures 12 and 18, 17x17 to 8x8."""
    a = branch(x, "branch0", (n3[0], 1))
    a = basic_conv(a, "branch0.1", n3[1], k=3, stride=2, valid=True)
    b = branch(x, "branch1", (m3[0], 1))
    b = basic_conv(b, "branch1.1", m3[1], k=3, stride=2, valid=True)
    c = branch(x, "branch2", (d3[0], 1), (d3[1], 3))
    c = basic_conv(c, "branch2.2", d3[2], k=3, stride=2, valid=True)
    return concat(a, b, c, max_pool(x, "branch3", k=3, stride=2))


@block
def inception_resnet_c(x: Tensor, n1: int, n3: tuple[int, ...], width: int, *, last: bool = False) -> Tensor:
    """Figures 13 and 19, on 8x8. tf-slim's last one has neither scaling nor activation."""
    a = basic_conv(x, "branch0", n1, k=1)
    b = branch(x, "branch1", (n3[0], 1), (n3[1], (1, 3)), (n3[2], (3, 1)))
    x = residual(x, concat(a, b), width, factor=1.0 if last else 0.20)
    return x if last else relu(x, "relu")


def v1_head(x: Tensor) -> Tensor:
    """FaceNet's embedding of 512 before the logits: (N, 1792) -> (N, 512)."""
    return batch_norm(linear(x, "last_linear", 512, bias=False), "last_bn", eps=1e-3)


FIGURE_15 = (5, 10, 5)  # how often A, B and C


@architecture(
    year=2016,
    source="Szegedy et al., AAAI 2017, Figure 15",
    input=(3, 299, 299),
    networks={
        "inception_resnet_v1": {
            "stem": v1_stem,
            "widths": V1,
            "repeats": FIGURE_15,
            "last": True,
            "embed": v1_head,
            "source": "FaceNet's inception_resnet_v1.py, after Szegedy et al., AAAI 2017",
            "note": "A sixth C without activation, and an embedding of 512, which the paper does not have.",
        },
        "inception_resnet_v1_paper": {"stem": v1_stem, "widths": V1, "repeats": FIGURE_15},
        "inception_resnet_v2": {
            "stem": v2_slim_stem,
            "widths": V2_SLIM,
            "repeats": (10, 20, 9),
            "last": True,
            "conv_7b": 1536,
            "source": "tf-slim and timm inception_resnet_v2.py, after Szegedy et al., AAAI 2017",
            "note": "Another stem, twice the blocks and a last convolution, as tf-slim has them and the paper has not.",
        },
        "inception_resnet_v2_paper": {
            "stem": v2_stem,
            "widths": V2,
            "repeats": FIGURE_15,
            "note": "Linear layers of 1152 and 2144, where Figures 17 and 19 print 1154 and 2048, which do not add up.",
        },
    },
)
def inception_resnet(
    x: Tensor,
    classes: int = 1000,
    *,
    stem: Callable[[Tensor], Tensor],
    widths: dict[str, Any],
    repeats: tuple[int, int, int],
    last: bool = False,
    conv_7b: int | None = None,
    embed: Callable[[Tensor], Tensor] | None = None,
) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes)."""
    x = stem(x)
    for i in range(repeats[0]):
        x = inception_resnet_a(x, f"repeat.{i}", *widths["a"])
    x = reduction_a(x, "mixed_6a", *widths["reduction_a"])
    for i in range(repeats[1]):
        x = inception_resnet_b(x, f"repeat_1.{i}", *widths["b"])
    x = reduction_b(x, "mixed_7a", *widths["reduction_b"])
    for i in range(repeats[2]):
        x = inception_resnet_c(x, f"repeat_2.{i}", *widths["c"])
    if last:
        x = inception_resnet_c(x, "block8", *widths["c"], last=True)
    if conv_7b:
        x = basic_conv(x, "conv2d_7b", conv_7b, k=1)
    x = dropout(flatten(adaptive_avg_pool(x, "global_pool", 1)), "dropout", p=0.2)
    if embed:
        x = embed(x)
    return linear(x, "classif", classes)
