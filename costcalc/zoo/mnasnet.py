"""MnasNet: Tan et al., "MnasNet: platform-aware neural architecture search for mobile", CVPR 2019.

The B1 variant, without squeeze-and-excite, in torchvision's widths. Layers and weights are named as
torchvision's mnasnet.py names them.
"""

from __future__ import annotations

from typing import Any

from costcalc.spec import Tensor, add, architecture, batch_norm, block, conv, dropout, linear, mean, relu
from costcalc.zoo.mobilenet_v2 import multiple_of_8

STEM, SEPARABLE = 32, 16  # 3x3 of stride 2; the separable convolution after it
STACKS = (  # MnasNet-B1 at width 1: width, window, stride of the first, expansion, how often
    (24, 3, 2, 3, 3),
    (40, 5, 2, 3, 3),
    (80, 5, 2, 6, 3),
    (96, 3, 1, 6, 2),
    (192, 5, 2, 6, 4),
    (320, 3, 1, 6, 1),
)
HEAD = 1280  # the last 1x1 before the pool: the same at every width

NORM: dict[str, Any] = {"momentum": 1 - 0.9997}  # TensorFlow's momentum of 0.9997, in torch's sense of the word


@block
def inverted_residual(x: Tensor, width: int, k: int, *, stride: int, expansion: int) -> Tensor:
    """1x1 to `expansion` times the channels, depthwise, 1x1 without a non-linearity."""
    shortcut, channels = x, expansion * x.shape[1]
    x = conv(x, "layers.0", channels, k=1, bias=False)
    x = relu(batch_norm(x, "layers.1", **NORM), "layers.2", inplace=True)
    x = conv(x, "layers.3", channels, k=k, stride=stride, padding=k // 2, groups=channels, bias=False)
    x = relu(batch_norm(x, "layers.4", **NORM), "layers.5", inplace=True)
    x = batch_norm(conv(x, "layers.6", width, k=1, bias=False), "layers.7", **NORM)
    return add(x, shortcut) if stride == 1 and shortcut.shape[1] == width else x


@block
def layers(x: Tensor, alpha: float) -> Tensor:
    """All before the pool, numbered as in one nn.Sequential."""
    stem = multiple_of_8(alpha * STEM)
    x = conv(x, "0", stem, k=3, stride=2, padding=1, bias=False)
    x = relu(batch_norm(x, "1", **NORM), "2", inplace=True)
    x = conv(x, "3", stem, k=3, padding=1, groups=stem, bias=False)
    x = relu(batch_norm(x, "4", **NORM), "5", inplace=True)
    x = conv(x, "6", multiple_of_8(alpha * SEPARABLE), k=1, bias=False)
    x = batch_norm(x, "7", **NORM)
    for number, (channels, k, stride, expansion, repeats) in enumerate(STACKS, 8):
        width = multiple_of_8(alpha * channels)
        for i in range(repeats):
            x = inverted_residual(x, f"{number}.{i}", width, k, stride=1 if i else stride, expansion=expansion)
    x = conv(x, "14", HEAD, k=1, bias=False)
    return relu(batch_norm(x, "15", **NORM), "16", inplace=True)


@architecture(
    year=2018,
    source="torchvision mnasnet.py, after Tan et al., CVPR 2019 (MnasNet-B1)",
    input=(3, 224, 224),
    width="alpha",
    networks={
        "mnasnet0_5": {"alpha": 0.5},
        "mnasnet0_75": {"alpha": 0.75},
        "mnasnet1_0": {"alpha": 1.0},
        "mnasnet1_3": {"alpha": 1.3},
    },
)
def mnasnet(x: Tensor, classes: int = 1000, *, alpha: float) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes). `alpha` multiplies the widths, which are rounded to multiples of 8."""
    x = mean(layers(x, "layers", alpha), "mean", axes=(2, 3))
    return linear(dropout(x, "classifier.0", p=0.2, inplace=True), "classifier.1", classes)
