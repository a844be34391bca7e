"""VGG: Simonyan & Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015.

Layers and weights are named as torchvision's vgg.py names them. Configurations A-LRN and C (`vgg11_lrn`,
`vgg16_c`), which torchvision lacks, are numbered likewise.
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
    linear,
    lrn,
    max_pool,
    relu,
)

STAGES = {  # Table 1, columns A to E: widths of the 3x3 convolutions; each stage ends in a 2x2 max pool
    "A": ((64,), (128,), (256, 256), (512, 512), (512, 512)),
    "B": ((64, 64), (128, 128), (256, 256), (512, 512), (512, 512)),
    "C": ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512)),  # the third one 1x1
    "D": ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512)),
    "E": ((64, 64), (128, 128), (256,) * 4, (512,) * 4, (512,) * 4),
}


@block
def features(x: Tensor, stages: tuple[tuple[int, ...], ...], *, third: int, lrn_first: bool, norm: bool) -> Tensor:
    """Stages of 3x3 convolutions, numbered as in one nn.Sequential. `third` is the window of a stage's third."""
    number = 0
    for widths in stages:
        for position, width in enumerate(widths, 1):
            k = third if position == 3 else 3
            x = conv(x, f"{number}", width, k=k, padding=k // 2)
            if norm:
                number += 1
                x = batch_norm(x, f"{number}")
            x = relu(x, f"{number + 1}", inplace=True)
            number += 2
            if lrn_first and number == 2:  # with the numbers of Krizhevsky et al. 2012, whose alpha is not divided
                x = lrn(x, f"{number}", size=5, alpha=5e-4, beta=0.75, k=2.0)
                number += 1
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
        "vgg11_bn": {"stages": STAGES["A"], "norm": True},
        "vgg13_bn": {"stages": STAGES["B"], "norm": True},
        "vgg16_bn": {"stages": STAGES["D"], "norm": True},
        "vgg19_bn": {"stages": STAGES["E"], "norm": True},
        "vgg11_lrn": {"stages": STAGES["A"], "lrn_first": True},
        "vgg16_c": {"stages": STAGES["C"], "third": 1},
    },
    note="The pool before the classifier is adaptive, as torchvision's: at 224 it changes nothing.",
)
def vgg(
    x: Tensor,
    classes: int = 1000,
    *,
    stages: tuple[tuple[int, ...], ...],
    third: int = 3,
    lrn_first: bool = False,
    norm: bool = False,
) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes)."""
    x = features(x, "features", stages, third=third, lrn_first=lrn_first, norm=norm)
    x = adaptive_avg_pool(x, "avgpool", 7)
    return classifier(flatten(x), "classifier", classes)
