"""VGG: Simonyan & Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015.

Layers and weights are named as torchvision's vgg.py names them.
"""

from __future__ import annotations

from costcalc.spec import (
    Tensor,
    adaptive_avg_pool,
    architecture,
    block,
    conv,
    dropout,
    flatten,
    linear,
    max_pool,
    relu,
)

STAGES = {  # Table 1, columns A, B, D and E: widths of the 3x3 convolutions; each stage ends in a 2x2 max pool
    "A": ((64,), (128,), (256, 256), (512, 512), (512, 512)),
    "B": ((64, 64), (128, 128), (256, 256), (512, 512), (512, 512)),
    "D": ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512)),
    "E": ((64, 64), (128, 128), (256,) * 4, (512,) * 4, (512,) * 4),
}


@block
def features(x: Tensor, stages: tuple[tuple[int, ...], ...]) -> Tensor:
    """Stages of 3x3 convolutions, numbered as in one nn.Sequential."""
    number = 0
    for widths in stages:
        for width in widths:
            x = conv(x, f"{number}", width, k=3, padding=1)
            x = relu(x, f"{number + 1}", inplace=True)
            number += 2
        x = max_pool(x, f"{number}", k=2, stride=2)
        number += 1
    return x


@block
def classifier(x: Tensor, classes: int) -> Tensor:
    """FC-4096, FC-4096, FC-1000."""
    x = dropout(relu(linear(x, "0", 4096), "1", inplace=True), "2")
    x = dropout(relu(linear(x, "3", 4096), "4", inplace=True), "5")
    return linear(x, "6", classes)


@architecture(
    year=2014,
    source="Simonyan & Zisserman, ICLR 2015, Table 1; torchvision vgg.py",
    input=(3, 224, 224),
    networks={
        "vgg11": {"stages": STAGES["A"]},
        "vgg13": {"stages": STAGES["B"]},
        "vgg16": {"stages": STAGES["D"]},
        "vgg19": {"stages": STAGES["E"]},
    },
    note="The pool before the classifier is adaptive, as torchvision's: at 224 it changes nothing.",
)
def vgg(x: Tensor, classes: int = 1000, *, stages: tuple[tuple[int, ...], ...]) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes)."""
    x = features(x, "features", stages)
    x = adaptive_avg_pool(x, "avgpool", 7)
    return classifier(flatten(x), "classifier", classes)
