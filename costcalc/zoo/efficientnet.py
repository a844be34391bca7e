"""EfficientNet: Tan & Le, "EfficientNet: rethinking model scaling for convolutional neural networks", ICML 2019.

Layers and weights are named as torchvision's efficientnet.py names them.
"""

from __future__ import annotations

from math import ceil
from typing import Any

from costcalc.spec import (
    Tensor,
    adaptive_avg_pool,
    add,
    architecture,
    block,
    dropout,
    flatten,
    linear,
    sigmoid,
    silu,
)
from costcalc.zoo.mobilenet_v2 import conv_norm, multiple_of_8
from costcalc.zoo.mobilenet_v3 import squeeze_excitation

STEM = 32  # Table 1's first row: 3x3, stride 2
STAGES = (  # Table 1, EfficientNet-B0: MBConv's expansion, window, stride (from the resolutions), channels, layers
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
HEAD = 1280  # Table 1's last row

# Section 3.3 scales B0 by width 1.1^phi, depth 1.2^phi and resolution 1.15^phi (equation 3). The powers as the
# authors' efficientnet_builder.py rounds them: width, depth, resolution, dropout.
SCALES = {
    "efficientnet_b0": (1.0, 1.0, 224, 0.2),
    "efficientnet_b1": (1.0, 1.1, 240, 0.2),
    "efficientnet_b2": (1.1, 1.2, 260, 0.3),
    "efficientnet_b3": (1.2, 1.4, 300, 0.3),
    "efficientnet_b4": (1.4, 1.8, 380, 0.4),
    "efficientnet_b5": (1.6, 2.2, 456, 0.4),
    "efficientnet_b6": (1.8, 2.6, 528, 0.5),
    "efficientnet_b7": (2.0, 3.1, 600, 0.5),
}
NORM: dict[str, Any] = {"eps": 1e-5, "momentum": 0.1}  # torchvision's in B0 to B4
NORM_OF_LARGE: dict[str, Any] = {"eps": 1e-3, "momentum": 0.01}  # in B5 to B7


@block
def mbconv(x: Tensor, expansion: int, k: int, width: int, *, stride: int, norm: dict[str, Any]) -> Tensor:
    """MobileNetV2's inverted bottleneck, with squeeze-and-excite to a quarter of the input's channels."""
    shortcut, channels, number = x, expansion * x.shape[1], 0
    squeeze = x.shape[1] // 4
    if expansion != 1:
        x = conv_norm(x, "block.0", channels, k=1, norm=norm, activation=silu)
        number = 1
    x = conv_norm(x, f"block.{number}", channels, k=k, stride=stride, groups=channels, norm=norm, activation=silu)
    x = squeeze_excitation(x, f"block.{number + 1}", squeeze, activation=silu, gate=sigmoid, inplace=True)
    x = conv_norm(x, f"block.{number + 2}", width, k=1, norm=norm, activation=None)
    # stochastic depth, which torchvision has here, has no cost and no weights
    return add(x, shortcut) if stride == 1 and shortcut.shape[1] == width else x


@block
def features(x: Tensor, width_scale: float, depth_scale: float, norm: dict[str, Any]) -> Tensor:
    """Table 1, scaled: widths to a multiple of 8, layers rounded up."""
    x = conv_norm(x, "0", multiple_of_8(STEM * width_scale), k=3, stride=2, norm=norm, activation=silu)
    for number, (expansion, k, stride, channels, layers) in enumerate(STAGES, 1):
        width = multiple_of_8(channels * width_scale)
        for i in range(ceil(layers * depth_scale)):
            x = mbconv(x, f"{number}.{i}", expansion, k, width, stride=1 if i else stride, norm=norm)
    return conv_norm(x, f"{len(STAGES) + 1}", multiple_of_8(HEAD * width_scale), k=1, norm=norm, activation=silu)


@architecture(
    year=2019,
    source="Tan & Le, ICML 2019, Table 1 and section 3.3; torchvision efficientnet.py",
    input=(3, 224, 224),
    width="width_scale",
    networks={
        name: {
            "input": (3, resolution, resolution),
            "width_scale": width,
            "depth_scale": depth,
            "p": p,
            "norm": NORM_OF_LARGE if name >= "efficientnet_b5" else NORM,
        }
        for name, (width, depth, resolution, p) in SCALES.items()
    },
)
def efficientnet(
    x: Tensor, classes: int = 1000, *, width_scale: float, depth_scale: float, p: float, norm: dict[str, Any]
) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes)."""
    x = adaptive_avg_pool(features(x, "features", width_scale, depth_scale, norm), "avgpool", 1)
    x = dropout(flatten(x, "flatten"), "classifier.0", p=p, inplace=True)
    return linear(x, "classifier.1", classes)
