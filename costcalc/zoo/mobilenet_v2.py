"""MobileNetV2: Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks", CVPR 2018.

Layers and weights are named as torchvision's mobilenetv2.py names them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from costcalc.spec import (
    Tensor,
    adaptive_avg_pool,
    add,
    architecture,
    batch_norm,
    block,
    conv,
    dropout,
    flatten,
    linear,
    relu6,
)

STEM = 32  # Table 2's first row: 3x3, stride 2
BOTTLENECKS = (  # Table 2: t (expansion), c (width), n (how often), s (stride of the first)
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
HEAD = 1280  # Table 2's last 1x1 before the pool

NORM: dict[str, Any] = {"eps": 1e-5, "momentum": 0.1}


def multiple_of_8(width: float) -> int:
    """The nearest multiple of 8, but never less than nine tenths of the width: the rule of the authors' code."""
    rounded = max(8, int(width + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * width else rounded + 8


@block
def conv_norm(
    x: Tensor,
    width: int,
    *,
    k: int,
    stride: int = 1,
    groups: int = 1,
    norm: dict[str, Any],
    activation: Callable[..., Tensor] | None,
) -> Tensor:
    """torchvision's Conv2dNormActivation: a convolution without bias, batch norm and an activation (or None)."""
    x = conv(x, "0", width, k=k, stride=stride, padding=k // 2, groups=groups, bias=False)
    x = batch_norm(x, "1", **norm)
    return activation(x, "2", inplace=True) if activation else x


@block
def inverted_residual(x: Tensor, t: int, width: int, *, stride: int) -> Tensor:
    """Table 1: 1x1 to `t` times the channels (not for t = 1), 3x3 depthwise, 1x1 without a non-linearity."""
    shortcut, channels, number = x, t * x.shape[1], 0
    if t != 1:
        x = conv_norm(x, "conv.0", channels, k=1, norm=NORM, activation=relu6)
        number = 1
    x = conv_norm(x, f"conv.{number}", channels, k=3, stride=stride, groups=channels, norm=NORM, activation=relu6)
    x = conv(x, f"conv.{number + 1}", width, k=1, bias=False)
    x = batch_norm(x, f"conv.{number + 2}", **NORM)
    return add(shortcut, x) if stride == 1 and shortcut.shape[1] == width else x


@block
def features(x: Tensor, alpha: float) -> Tensor:
    """Table 2 to the last 1x1 before the pool, numbered as in one nn.Sequential."""
    x = conv_norm(x, "0", multiple_of_8(alpha * STEM), k=3, stride=2, norm=NORM, activation=relu6)
    number = 1
    for t, channels, repeats, stride in BOTTLENECKS:
        width = multiple_of_8(alpha * channels)
        for i in range(repeats):
            x = inverted_residual(x, f"{number}", t, width, stride=1 if i else stride)
            number += 1
    return conv_norm(x, f"{number}", multiple_of_8(max(1, alpha) * HEAD), k=1, norm=NORM, activation=relu6)


@architecture(
    year=2018,
    source="Sandler et al., CVPR 2018, Table 2; torchvision mobilenetv2.py",
    input=(3, 224, 224),
    width="alpha",
    networks={"mobilenet_v2": {"alpha": 1.0}},
    note="The classifier is a fully connected layer, where Table 2 has a 1x1 convolution: the same weights and cost.",
)
def mobilenet_v2(x: Tensor, classes: int = 1000, *, alpha: float) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes).

    `alpha` multiplies the widths, which are rounded to multiples of 8; below 1 the last 1x1 keeps its width.
    """
    x = adaptive_avg_pool(features(x, "features", alpha), "avgpool", 1)
    x = dropout(flatten(x, "flatten"), "classifier.0", p=0.2)
    return linear(x, "classifier.1", classes)
