"""ShuffleNet V2: Ma et al., "ShuffleNet V2: practical guidelines for efficient CNN architecture design", ECCV 2018.

Layers and weights are named as torchvision's shufflenetv2.py names them.
"""

from __future__ import annotations

from typing import Any

from costcalc.spec import (
    Tensor,
    architecture,
    batch_norm,
    block,
    channel_shuffle,
    concat,
    conv,
    linear,
    max_pool,
    mean,
    relu,
    split,
)

STEM = 24  # Table 5's Conv1: 3x3, stride 2
REPEATS = (4, 8, 4)  # Table 5: units of stages 2, 3 and 4; the first of each has stride 2
WIDTHS = {  # Table 5, output channels: stages 2, 3 and 4, Conv5
    "0.5x": (48, 96, 192, 1024),
    "1x": (116, 232, 464, 1024),
    "1.5x": (176, 352, 704, 1024),
    "2x": (244, 488, 976, 2048),
}


@block
def convolution(x: Tensor, width: int, *, k: int, stride: int) -> Tensor:
    """A convolution without bias, batch norm and ReLU."""
    x = conv(x, "0", width, k=k, stride=stride, padding=k // 2, bias=False)
    return relu(batch_norm(x, "1"), "2", inplace=True)


@block
def right_branch(x: Tensor, width: int, *, stride: int) -> Tensor:
    """Figure 3(c) and (d), right: 1x1, 3x3 depthwise, 1x1; batch norm after all, ReLU after the 1x1."""
    x = conv(x, "0", width, k=1, bias=False)
    x = relu(batch_norm(x, "1"), "2", inplace=True)
    x = conv(x, "3", width, k=3, stride=stride, padding=1, groups=width, bias=False)
    x = conv(batch_norm(x, "4"), "5", width, k=1, bias=False)
    return relu(batch_norm(x, "6"), "7", inplace=True)


@block
def left_branch(x: Tensor, width: int) -> Tensor:
    """Figure 3(d), left: 3x3 depthwise of stride 2, 1x1; batch norm after both, ReLU after the 1x1."""
    x = conv(x, "0", x.shape[1], k=3, stride=2, padding=1, groups=x.shape[1], bias=False)
    x = conv(batch_norm(x, "1"), "2", width, k=1, bias=False)
    return relu(batch_norm(x, "3"), "4", inplace=True)


@block
def basic_unit(x: Tensor) -> Tensor:
    """Figure 3(c): half of the channels pass, half go through the branch."""
    half = x.shape[1] // 2
    halves: Any = split(x, sizes=(half, half))
    passed, used = halves
    return channel_shuffle(concat(passed, right_branch(used, "branch2", half, stride=1)), groups=2)


@block
def down_sampling_unit(x: Tensor, width: int) -> Tensor:
    """Figure 3(d): no split; each branch puts out half of the width, at half of the size."""
    left = left_branch(x, "branch1", width // 2)
    right = right_branch(x, "branch2", width // 2, stride=2)
    return channel_shuffle(concat(left, right), groups=2)


@architecture(
    year=2018,
    source="Ma et al., ECCV 2018, Table 5; torchvision shufflenetv2.py",
    input=(3, 224, 224),
    networks={
        "shufflenet_v2_x0_5": {"widths": WIDTHS["0.5x"]},
        "shufflenet_v2_x1_0": {"widths": WIDTHS["1x"]},
        "shufflenet_v2_x1_5": {"widths": WIDTHS["1.5x"]},
        "shufflenet_v2_x2_0": {"widths": WIDTHS["2x"]},
    },
)
def shufflenet_v2(x: Tensor, classes: int = 1000, *, widths: tuple[int, ...]) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes)."""
    *stages, last = widths
    x = convolution(x, "conv1", STEM, k=3, stride=2)
    x = max_pool(x, "maxpool", k=3, stride=2, padding=1)
    for number, (repeats, width) in enumerate(zip(REPEATS, stages, strict=True), 2):
        x = down_sampling_unit(x, f"stage{number}.0", width)
        for i in range(1, repeats):
            x = basic_unit(x, f"stage{number}.{i}")
    x = convolution(x, "conv5", last, k=1, stride=1)
    return linear(mean(x, "globalpool", axes=(2, 3)), "fc", classes)
