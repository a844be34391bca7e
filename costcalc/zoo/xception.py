"""Xception: Chollet, "Xception: deep learning with depthwise separable convolutions", CVPR 2017, Figure 5.

Layers and weights are named as timm's xception.py names them.
"""

from __future__ import annotations

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
    max_pool,
    relu,
)

ENTRY_FLOW = ((128, 128), (256, 256), (728, 728))  # Figure 5: widths of each module's separable convolutions
MIDDLE_FLOW = ((728, 728, 728),) * 8
EXIT_FLOW = ((728, 1024),)


@block
def separable_conv(x: Tensor, width: int) -> Tensor:
    """SeparableConv 3x3: depthwise, then pointwise, with nothing between (section 4.7)."""
    channels = x.shape[1]
    x = conv(x, "conv1", channels, k=3, padding=1, groups=channels, bias=False)
    return conv(x, "pointwise", width, k=1, bias=False)


@block
def module(x: Tensor, widths: tuple[int, ...], *, first_relu: bool = True, stride: int = 1) -> Tensor:
    """ReLU, separable convolution, batch norm, as often as there are widths; a pool where the stride is 2.

    Around it the identity, or a 1x1 convolution where the stride is 2.
    """
    shortcut = x
    number = 0
    for i, width in enumerate(widths):
        if i or first_relu:
            x = relu(x, f"rep.{number}", inplace=i > 0)
            number += 1
        x = separable_conv(x, f"rep.{number}", width)
        x = batch_norm(x, f"rep.{number + 1}")
        number += 2
    if stride == 2:
        x = max_pool(x, f"rep.{number}", k=3, stride=2, padding=1)
        shortcut = batch_norm(conv(shortcut, "skip", widths[-1], k=1, stride=2, bias=False), "skipbn")
    return add(x, shortcut)


@architecture(
    year=2016,
    source="Chollet, CVPR 2017, Figure 5; timm xception.py",
    input=(3, 299, 299),
    networks={"xception": {}},
)
def xception(x: Tensor, classes: int = 1000) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes)."""
    x = conv(x, "conv1", 32, k=3, stride=2, bias=False)
    x = relu(batch_norm(x, "bn1"), "act1", inplace=True)
    x = conv(x, "conv2", 64, k=3, bias=False)
    x = relu(batch_norm(x, "bn2"), "act2", inplace=True)
    number = 1
    for flow, stride in ((ENTRY_FLOW, 2), (MIDDLE_FLOW, 1), (EXIT_FLOW, 2)):
        for widths in flow:
            x = module(x, f"block{number}", widths, first_relu=number > 1, stride=stride)
            number += 1
    x = separable_conv(x, "conv3", 1536)
    x = relu(batch_norm(x, "bn3"), "act3", inplace=True)
    x = separable_conv(x, "conv4", 2048)
    x = relu(batch_norm(x, "bn4"), "act4", inplace=True)
    x = dropout(flatten(adaptive_avg_pool(x, "global_pool", 1)), "dropout", p=0.5)  # section 4.3
    return linear(x, "fc", classes)
