"""ResNet: He et al., "Deep residual learning for image recognition", CVPR 2016.

`resnet50` and its like are torchvision's; `resnet50_paper` and its like are Table 1 as published. They
differ in where a bottleneck strides, in the shortcuts of 18 and 34 layers, and in the first pool.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from costcalc.spec import (
    Tensor,
    adaptive_avg_pool,
    add,
    architecture,
    avg_pool,
    batch_norm,
    block,
    conv,
    flatten,
    linear,
    max_pool,
    pad,
    relu,
    softmax,
)

PAPER = "He et al., CVPR 2016, Table 1"

Stages = tuple[tuple[tuple[int, ...], int], ...]
"""For each stage: widths of a block's convolutions (3x3, 3x3, or 1x1, 3x3, 1x1), and the number of blocks."""

Shortcut = Callable[..., Tensor]
"""A block of weights or none: a tensor, its name, and the width and stride that it must come to."""

TABLE_1: dict[int, Stages] = {  # conv2_x, conv3_x, conv4_x, conv5_x
    18: (((64, 64), 2), ((128, 128), 2), ((256, 256), 2), ((512, 512), 2)),
    34: (((64, 64), 3), ((128, 128), 4), ((256, 256), 6), ((512, 512), 3)),
    50: (((64, 64, 256), 3), ((128, 128, 512), 4), ((256, 256, 1024), 6), ((512, 512, 2048), 3)),
    101: (((64, 64, 256), 3), ((128, 128, 512), 4), ((256, 256, 1024), 23), ((512, 512, 2048), 3)),
    152: (((64, 64, 256), 3), ((128, 128, 512), 8), ((256, 256, 1024), 36), ((512, 512, 2048), 3)),
}


@block
def projection(x: Tensor, width: int, *, stride: int) -> Tensor:
    """Option B of section 3.3: a 1x1 convolution."""
    return batch_norm(conv(x, "0", width, k=1, stride=stride, bias=False), "1")


@block
def zero_padding(x: Tensor, width: int, *, stride: int) -> Tensor:
    """Option A of section 3.3: identity, at every stride-th position, and zeros for the new channels. No weights."""
    if stride > 1:
        x = avg_pool(x, "subsample", k=1, stride=stride)  # the mean of one element is that element
    return pad(x, "pad", pads=((0, width - x.shape[1]), (0, 0), (0, 0)))


def plus_shortcut(y: Tensor, x: Tensor, *, stride: int, shortcut: Shortcut) -> Tensor:
    """Equations 1 and 2: y + x if their dimensions agree, otherwise y + shortcut(x); then ReLU."""
    if stride > 1 or x.shape[1] != y.shape[1]:
        x = shortcut(x, "downsample", y.shape[1], stride=stride)
    return relu(add(y, x, name="add"), "relu", inplace=True)


@block
def basic(x: Tensor, n3: int, width: int, *, stride: int, shortcut: Shortcut) -> Tensor:
    """Figure 5, left: two 3x3 convolutions."""
    y = conv(x, "conv1", n3, k=3, stride=stride, padding=1, bias=False)
    y = relu(batch_norm(y, "bn1"), inplace=True)
    y = batch_norm(conv(y, "conv2", width, k=3, padding=1, bias=False), "bn2")
    return plus_shortcut(y, x, stride=stride, shortcut=shortcut)


@block
def bottleneck(
    x: Tensor,
    n1: int,
    n3: int,
    width: int,
    *,
    stride: int,
    stride_on: Literal["1x1", "3x3"],
    groups: int,
    shortcut: Shortcut,
) -> Tensor:
    """Figure 5, right: 1x1, 3x3 (in groups, for ResNeXt), 1x1. The first 1x1 or the 3x3 strides."""
    y = conv(x, "conv1", n1, k=1, stride=stride if stride_on == "1x1" else 1, bias=False)
    y = relu(batch_norm(y, "bn1"), inplace=True)
    y = conv(y, "conv2", n3, k=3, stride=stride if stride_on == "3x3" else 1, padding=1, groups=groups, bias=False)
    y = relu(batch_norm(y, "bn2"), inplace=True)
    y = batch_norm(conv(y, "conv3", width, k=1, bias=False), "bn3")
    return plus_shortcut(y, x, stride=stride, shortcut=shortcut)


@block
def stage(
    x: Tensor,
    widths: tuple[int, ...],
    blocks: int,
    *,
    stride: int,
    first: int,
    shortcut: Shortcut,
    stride_on: Literal["1x1", "3x3"] = "3x3",
    groups: int = 1,
) -> Tensor:
    """Blocks of one resolution, numbered from `first`; the first of them strides."""
    for number in range(blocks):
        name, step = f"{first + number}", stride if number == 0 else 1
        if len(widths) == 2:
            x = basic(x, name, *widths, stride=step, shortcut=shortcut)
        else:
            x = bottleneck(x, name, *widths, stride=step, stride_on=stride_on, groups=groups, shortcut=shortcut)
    return x


@architecture(
    year=2015,
    source="torchvision resnet.py, after He et al., CVPR 2016, Table 1",
    input=(3, 224, 224),
    networks={
        "resnet18": {"stages": TABLE_1[18]},
        "resnet34": {"stages": TABLE_1[34]},
        "resnet50": {"stages": TABLE_1[50]},
        "resnet101": {"stages": TABLE_1[101]},
        "resnet152": {"stages": TABLE_1[152]},
    },
    note="Projections where dimensions change; bottlenecks stride on the 3x3, the paper's on the first 1x1.",
)
def resnet(x: Tensor, classes: int = 1000, *, stages: Stages, groups: int = 1) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes)."""
    x = conv(x, "conv1", 64, k=7, stride=2, padding=3, bias=False)
    x = relu(batch_norm(x, "bn1"), "relu", inplace=True)
    x = max_pool(x, "maxpool", k=3, stride=2, padding=1)
    for number, (widths, blocks) in enumerate(stages, 1):
        stride = 1 if number == 1 else 2
        x = stage(x, f"layer{number}", widths, blocks, stride=stride, first=0, shortcut=projection, groups=groups)
    x = flatten(adaptive_avg_pool(x, "avgpool", 1))
    return linear(x, "fc", classes)


OPTION_A = "Shortcuts are identities with zero padding (option A) where dimensions change."
OPTION_B = "Shortcuts are projections (option B) where dimensions change."
INSTEAD_OF_A = f"{OPTION_B} The paper's Table 1 has option A."
INSTEAD_OF_B = f"{OPTION_A} The paper has option B."


@architecture(
    year=2015,
    source=PAPER,
    input=(3, 224, 224),
    networks={
        "resnet18_paper": {"stages": TABLE_1[18], "shortcut": zero_padding, "note": OPTION_A},
        "resnet18_paper_b": {"stages": TABLE_1[18], "shortcut": projection, "note": INSTEAD_OF_A},
        "resnet34_paper": {"stages": TABLE_1[34], "shortcut": zero_padding, "note": OPTION_A},
        "resnet34_paper_b": {"stages": TABLE_1[34], "shortcut": projection, "note": INSTEAD_OF_A},
        "resnet50_paper": {"stages": TABLE_1[50], "shortcut": projection, "note": OPTION_B},
        "resnet50_paper_a": {"stages": TABLE_1[50], "shortcut": zero_padding, "note": INSTEAD_OF_B},
        "resnet101_paper": {"stages": TABLE_1[101], "shortcut": projection, "note": OPTION_B},
        "resnet101_paper_a": {"stages": TABLE_1[101], "shortcut": zero_padding, "note": INSTEAD_OF_B},
        "resnet152_paper": {"stages": TABLE_1[152], "shortcut": projection, "note": OPTION_B},
        "resnet152_paper_a": {"stages": TABLE_1[152], "shortcut": zero_padding, "note": INSTEAD_OF_B},
    },
)
def resnet_paper(x: Tensor, classes: int = 1000, *, stages: Stages, shortcut: Shortcut) -> Tensor:
    """(N, 3, H, W) -> class probabilities (N, classes).

    Details that Table 1 leaves open follow the authors' Caffe files: bottlenecks stride on the first 1x1, no
    convolution has a bias (ResNet-50's conv1 there has one), and the first pool pads nothing.
    """
    x = conv(x, "conv1", 64, k=7, stride=2, padding=3, bias=False)
    x = relu(batch_norm(x, "bn1"), "relu", inplace=True)
    x = max_pool(x, "pool1", k=3, stride=2, ceil=True)
    for number, (widths, blocks) in enumerate(stages, 2):
        stride = 1 if number == 2 else 2
        x = stage(x, f"conv{number}_x", widths, blocks, stride=stride, first=1, shortcut=shortcut, stride_on="1x1")
    x = flatten(adaptive_avg_pool(x, "pool5", 1))
    return softmax(linear(x, "fc", classes), "softmax")
