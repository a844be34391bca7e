"""ZFNet: Zeiler & Fergus, "Visualizing and understanding convolutional networks", ECCV 2014 (arXiv 1311.2901)."""

from __future__ import annotations

from costcalc.spec import Tensor, architecture, conv, dropout, flatten, linear, lrn, max_pool, relu

KERNELS = {  # Figure 3: kernels, their size, stride; and the padding that its 110, 26 and 13 take
    "conv1": (96, 7, 2, 1),
    "conv2": (256, 5, 2, 0),
    "conv3": (384, 3, 1, 1),
    "conv4": (384, 3, 1, 1),
    "conv5": (256, 3, 1, 1),
}


def convolution(x: Tensor, name: str) -> Tensor:
    """A row of KERNELS, and its ReLU."""
    width, k, stride, padding = KERNELS[name]
    return relu(conv(x, name, width, k=k, stride=stride, padding=padding), inplace=True)


def pool(x: Tensor, name: str) -> Tensor:
    """3x3/2, rounding up: 110 -> 55, 26 -> 13, 13 -> 6."""
    return max_pool(x, name, k=3, stride=2, ceil=True)


def contrast_norm(x: Tensor, name: str) -> Tensor:
    """Figure 3: "contrast normalized across feature maps"; the numbers are AlexNet's (Krizhevsky et al. 2012)."""
    return lrn(x, name, size=5, alpha=5e-4, beta=0.75, k=2.0)


@architecture(
    year=2013,
    source="Zeiler & Fergus, ECCV 2014, Figure 3",
    input=(3, 224, 224),
    networks={"zfnet": {}},
)
def zfnet(x: Tensor, classes: int = 1000) -> Tensor:
    """(N, 3, 224, 224) -> logits (N, classes)."""
    x = contrast_norm(pool(convolution(x, "conv1"), "pool1"), "norm1")
    x = contrast_norm(pool(convolution(x, "conv2"), "pool2"), "norm2")
    x = convolution(x, "conv3")
    x = convolution(x, "conv4")
    x = convolution(x, "conv5")
    x = flatten(pool(x, "pool5"))
    x = dropout(relu(linear(x, "fc6", 4096), inplace=True))
    x = dropout(relu(linear(x, "fc7", 4096), inplace=True))
    return linear(x, "fc8", classes)
