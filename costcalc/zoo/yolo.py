"""YOLO: Redmon et al., "You only look once: unified, real-time object detection", CVPR 2016.

`yolo_v1` is Figure 3. `yolo_v1_googlenet` is the network in which its first 20 convolutions were trained: Extraction,
of the authors' darknet, "an offshoot of the GoogleNet model" without its inception modules.
"""

from __future__ import annotations

from costcalc.spec import (
    Tensor,
    adaptive_avg_pool,
    architecture,
    batch_norm,
    block,
    conv,
    dropout,
    flatten,
    leaky_relu,
    linear,
    max_pool,
    unflatten,
)

Rows = tuple[tuple[int, int, int], ...]  # k, width, stride

PRETRAINED: tuple[Rows, ...] = (  # Figure 3, the first 20 convolutions; a 2x2/2 max pool between these columns
    ((7, 64, 2),),
    ((3, 192, 1),),
    ((1, 128, 1), (3, 256, 1), (1, 256, 1), (3, 512, 1)),
    (*((1, 256, 1), (3, 512, 1)) * 4, (1, 512, 1), (3, 1024, 1)),
    ((1, 512, 1), (3, 1024, 1)) * 2,
)
DETECTION: Rows = ((3, 1024, 1), (3, 1024, 2), (3, 1024, 1), (3, 1024, 1))  # the four added to them

SLOPE = 0.1  # Equation 2: leaky ReLU


@block
def convolution(x: Tensor, width: int, *, k: int, stride: int, norm: bool) -> Tensor:
    """A convolution, batch norm in darknet's networks, and a leaky ReLU."""
    x = conv(x, "conv", width, k=k, stride=stride, padding=k // 2, bias=not norm)
    if norm:
        x = batch_norm(x, "norm", eps=1e-6)
    return leaky_relu(x, "leaky", slope=SLOPE, inplace=True)


def pretrained(x: Tensor, *, norm: bool) -> Tensor:
    """(N, 3, H, W) -> (N, 1024, H/32, W/32): conv1 to conv20, each pool named after the convolution before it."""
    number = 0
    for column in PRETRAINED:
        if number:
            x = max_pool(x, f"pool{number}", k=2)
        for k, width, stride in column:
            number += 1
            x = convolution(x, f"conv{number}", width, k=k, stride=stride, norm=norm)
    return x


@architecture(
    year=2015,
    source="Redmon et al., CVPR 2016, Figure 3",
    input=(3, 448, 448),
    networks={"yolo_v1": {}},
    note="Without batch norm, as the paper has it; darknet's yolov1.cfg has it, and a locally connected layer.",
)
def yolo_v1(x: Tensor, classes: int = 20) -> Tensor:
    """(N, 3, 448, 448) -> (N, 7, 7, 30): by cell, 2 boxes of 5 numbers each, and the classes."""
    x = pretrained(x, norm=False)
    for number, (k, width, stride) in enumerate(DETECTION, 21):
        x = convolution(x, f"conv{number}", width, k=k, stride=stride, norm=False)
    x = leaky_relu(linear(flatten(x), "fc25", 4096), slope=SLOPE, inplace=True)
    cell = 2 * 5 + classes  # section 2: B·5 + C
    x = linear(dropout(x, p=0.5), "fc26", 7 * 7 * cell)
    return unflatten(x, "output", sizes=(7, 7, cell))


@architecture(
    year=2015,
    source="darknet's extraction.cfg, after Redmon et al., CVPR 2016, section 2.2",
    input=(3, 224, 224),
    networks={"yolo_v1_googlenet": {}},
    note="A classifier. The paper pools, then has a fully connected layer; darknet has it as 1x1 before the pool.",
)
def yolo_v1_googlenet(x: Tensor, classes: int = 1000) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes)."""
    x = pretrained(x, norm=True)
    x = leaky_relu(conv(x, "conv21", classes, k=1), slope=SLOPE, inplace=True)
    return flatten(adaptive_avg_pool(x, "pool21", 1))
