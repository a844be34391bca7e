"""MobileNetV3: Howard et al., "Searching for MobileNetV3", ICCV 2019.

Layers and weights are named as torchvision's mobilenetv3.py names them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from costcalc.spec import (
    Tensor,
    adaptive_avg_pool,
    add,
    architecture,
    block,
    conv,
    dropout,
    flatten,
    hard_sigmoid,
    hard_swish,
    linear,
    multiply,
    relu,
)
from costcalc.zoo.mobilenet_v2 import conv_norm, multiple_of_8

RE, HS = relu, hard_swish
Bottlenecks = tuple[tuple[int, int, int, bool, Callable[..., Tensor], int], ...]

LARGE: Bottlenecks = (  # Table 1: window, exp size, #out, SE, NL, s
    (3, 16, 16, False, RE, 1),
    (3, 64, 24, False, RE, 2),
    (3, 72, 24, False, RE, 1),
    (5, 72, 40, True, RE, 2),
    (5, 120, 40, True, RE, 1),
    (5, 120, 40, True, RE, 1),
    (3, 240, 80, False, HS, 2),
    (3, 200, 80, False, HS, 1),
    (3, 184, 80, False, HS, 1),
    (3, 184, 80, False, HS, 1),
    (3, 480, 112, True, HS, 1),
    (3, 672, 112, True, HS, 1),
    (5, 672, 160, True, HS, 2),
    (5, 960, 160, True, HS, 1),
    (5, 960, 160, True, HS, 1),
)
SMALL: Bottlenecks = (  # Table 2: the same columns
    (3, 16, 16, True, RE, 2),
    (3, 72, 24, False, RE, 2),
    (3, 88, 24, False, RE, 1),
    (5, 96, 40, True, HS, 2),
    (5, 240, 40, True, HS, 1),
    (5, 240, 40, True, HS, 1),
    (5, 120, 48, True, HS, 1),
    (5, 144, 48, True, HS, 1),
    (5, 288, 96, True, HS, 2),
    (5, 576, 96, True, HS, 1),
    (5, 576, 96, True, HS, 1),
)
STEM = 16  # first row of both: 3x3, stride 2, HS

NORM: dict[str, Any] = {"eps": 1e-3, "momentum": 0.01}


@block
def squeeze_excitation(
    x: Tensor, squeeze: int, *, activation: Callable[..., Tensor], gate: Callable[..., Tensor], inplace: bool
) -> Tensor:
    """torchvision's SqueezeExcitation: global pool, 1x1 to `squeeze` channels, 1x1 back; gates of the channels."""
    gates = conv(adaptive_avg_pool(x, "avgpool", 1), "fc1", squeeze, k=1)
    gates = conv(activation(gates, "activation", inplace=inplace), "fc2", x.shape[1], k=1)
    return multiply(gate(gates, "scale_activation"), x)


@block
def bneck(x: Tensor, k: int, exp_size: int, width: int, se: bool, nl: Callable[..., Tensor], *, stride: int) -> Tensor:
    """Figure 4: 1x1 to `exp_size` (if that is more), depthwise, squeeze-and-excite to a quarter, 1x1 without NL."""
    shortcut, number = x, 0
    if exp_size != x.shape[1]:
        x = conv_norm(x, "block.0", exp_size, k=1, norm=NORM, activation=nl)
        number = 1
    x = conv_norm(x, f"block.{number}", exp_size, k=k, stride=stride, groups=exp_size, norm=NORM, activation=nl)
    if se:
        number += 1
        squeeze = multiple_of_8(exp_size // 4)
        x = squeeze_excitation(x, f"block.{number}", squeeze, activation=relu, gate=hard_sigmoid, inplace=False)
    x = conv_norm(x, f"block.{number + 1}", width, k=1, norm=NORM, activation=None)
    return add(x, shortcut) if stride == 1 and shortcut.shape[1] == width else x


@block
def features(x: Tensor, bottlenecks: Bottlenecks, alpha: float) -> Tensor:
    """The table to the last 1x1 before the pool, whose width is the last exp size.

    With a multiplier, exp sizes are as many times the input's channels as in the table: the rule of the authors' code.
    """
    x = conv_norm(x, "0", multiple_of_8(alpha * STEM), k=3, stride=2, norm=NORM, activation=HS)
    channels, exp_size = STEM, 0
    for number, (k, exp_size, width, se, nl, stride) in enumerate(bottlenecks, 1):
        expanded = multiple_of_8(x.shape[1] * exp_size / channels)
        x = bneck(x, f"{number}", k, expanded, multiple_of_8(alpha * width), se, nl, stride=stride)
        channels = width
    return conv_norm(x, f"{len(bottlenecks) + 1}", multiple_of_8(alpha * exp_size), k=1, norm=NORM, activation=HS)


@architecture(
    year=2019,
    source="Howard et al., ICCV 2019, Tables 1 and 2; torchvision mobilenetv3.py",
    input=(3, 224, 224),
    width="alpha",
    networks={
        "mobilenet_v3_large": {"alpha": 1.0, "bottlenecks": LARGE, "hidden": 1280},
        "mobilenet_v3_small": {
            "alpha": 1.0,
            "bottlenecks": SMALL,
            "hidden": 1024,
            "note": "The last 1x1 before the pool has no squeeze-and-excite, as torchvision's; Table 2 ticks it.",
        },
    },
)
def mobilenet_v3(x: Tensor, classes: int = 1000, *, alpha: float, bottlenecks: Bottlenecks, hidden: int) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes).

    `alpha` multiplies the widths, which are rounded to multiples of 8, except `hidden`: that of the "NBN" layer after
    the pool.
    """
    x = adaptive_avg_pool(features(x, "features", bottlenecks, alpha), "avgpool", 1)
    x = hard_swish(linear(flatten(x, "flatten"), "classifier.0", hidden), "classifier.1", inplace=True)
    x = dropout(x, "classifier.2", p=0.2, inplace=True)
    return linear(x, "classifier.3", classes)
