"""MobileNet: Howard et al., "MobileNets: efficient convolutional neural networks for mobile vision applications", 2017.

The resolution multiplier of section 3.4 is the size of the input: 224, 192, 160 or 128.
"""

from __future__ import annotations

from costcalc.spec import (
    Tensor,
    adaptive_avg_pool,
    architecture,
    batch_norm,
    block,
    conv,
    flatten,
    linear,
    relu,
    softmax,
)

STEM = 32  # Table 1's first row: 3x3, stride 2
SEPARABLE = (  # Table 1, a depthwise and a pointwise row each: stride of the 3x3, width of the 1x1
    (1, 64),
    (2, 128),
    (1, 128),
    (2, 256),
    (1, 256),
    (2, 512),
    *((1, 512),) * 5,
    (2, 1024),
    (1, 1024),  # printed as stride 2, but from 7x7 to 7x7
)


@block
def convolution(x: Tensor, width: int, *, k: int, stride: int = 1, groups: int = 1) -> Tensor:
    """Figure 3: a convolution, batch norm and ReLU."""
    x = conv(x, "conv", width, k=k, stride=stride, padding=k // 2, groups=groups, bias=False)
    return relu(batch_norm(x, "bn"), "relu", inplace=True)


@block
def separable_convolution(x: Tensor, width: int, *, stride: int) -> Tensor:
    """Figure 3, right: 3x3 depthwise, then 1x1, batch norm and ReLU after both."""
    channels = x.shape[1]
    x = convolution(x, "dw", channels, k=3, stride=stride, groups=channels)
    return convolution(x, "pw", width, k=1)


@architecture(
    year=2017,
    source="Howard et al., 2017, Tables 1 and 6",
    input=(3, 224, 224),
    width="alpha",
    networks={
        "mobilenet_v1": {"alpha": 1.0},
        "mobilenet_v1_075": {"alpha": 0.75},
        "mobilenet_v1_050": {"alpha": 0.5},
        "mobilenet_v1_025": {"alpha": 0.25},
    },
    note="The last pool is global, so that the resolution multiplier is the input's size: at 224 it is Table 1's 7x7. "
    "The last depthwise layer has stride 1, where Table 1 prints s2 between two sizes of 7x7.",
)
def mobilenet_v1(x: Tensor, classes: int = 1000, *, alpha: float) -> Tensor:
    """(N, 3, H, W) -> class probabilities (N, classes). `alpha` is the width multiplier of section 3.3."""
    x = convolution(x, "conv1", int(alpha * STEM), k=3, stride=2)
    for number, (stride, width) in enumerate(SEPARABLE, 2):
        x = separable_convolution(x, f"conv{number}", int(alpha * width), stride=stride)
    x = flatten(adaptive_avg_pool(x, "pool", 1), "flatten")
    return softmax(linear(x, "fc", classes), "softmax")
