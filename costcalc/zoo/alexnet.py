"""AlexNet: Krizhevsky et al., "ImageNet classification with deep convolutional neural networks", NIPS 2012.

`alexnet` is torchvision's alexnet.py, after Krizhevsky's "One weird trick" (arXiv 1404.5997).
`alexnet_paper` is the paper's, on two GPUs, as in Caffe's bvlc_alexnet; `alexnet_one_tower` joins its halves.
"""

from __future__ import annotations

from typing import Any

from costcalc.spec import (
    Tensor,
    adaptive_avg_pool,
    architecture,
    block,
    conv,
    dropout,
    flatten,
    linear,
    lrn,
    max_pool,
    relu,
)

KERNELS = {  # Figure 2 and section 3.5: kernels, their size, and whether the two halves stay apart
    "conv1": (96, 11, False),
    "conv2": (256, 5, True),
    "conv3": (384, 3, False),
    "conv4": (384, 3, True),
    "conv5": (256, 3, True),
}

# Section 3.3: k = 2, n = 5, alpha = 10^-4, beta = 0.75. torch divides alpha by n, the paper does not.
PAPER_NORM: dict[str, Any] = {"size": 5, "alpha": 5e-4, "beta": 0.75, "k": 2.0}


@block
def torchvision_features(x: Tensor) -> Tensor:
    """Numbered as in one nn.Sequential."""
    x = relu(conv(x, "0", 64, k=11, stride=4, padding=2), "1", inplace=True)
    x = max_pool(x, "2", k=3, stride=2)
    x = relu(conv(x, "3", 192, k=5, padding=2), "4", inplace=True)
    x = max_pool(x, "5", k=3, stride=2)
    x = relu(conv(x, "6", 384, k=3, padding=1), "7", inplace=True)
    x = relu(conv(x, "8", 256, k=3, padding=1), "9", inplace=True)
    x = relu(conv(x, "10", 256, k=3, padding=1), "11", inplace=True)
    return max_pool(x, "12", k=3, stride=2)


@block
def torchvision_classifier(x: Tensor, classes: int) -> Tensor:
    """FC-4096, FC-4096, FC-1000, with dropout before each of the first two."""
    x = relu(linear(dropout(x, "0"), "1", 4096), "2", inplace=True)
    x = relu(linear(dropout(x, "3"), "4", 4096), "5", inplace=True)
    return linear(x, "6", classes)


@architecture(
    year=2014,
    source="torchvision alexnet.py, after Krizhevsky, arXiv 1404.5997",
    input=(3, 224, 224),
    networks={"alexnet": {}},
    note="The pool before the classifier is adaptive, as torchvision's: at 224 it changes nothing.",
)
def alexnet(x: Tensor, classes: int = 1000) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes)."""
    x = torchvision_features(x, "features")
    x = adaptive_avg_pool(x, "avgpool", 6)
    return torchvision_classifier(flatten(x), "classifier", classes)


def normalize_then_pool(x: Tensor, number: int, norm: dict[str, Any]) -> Tensor:
    """Section 3.5: a response-normalisation layer, then an overlapping max pool (3.4: z = 3, s = 2)."""
    return overlapping_pool(lrn(x, f"norm{number}", **norm), number)


def pool_then_normalize(x: Tensor, number: int, norm: dict[str, Any]) -> Tensor:
    """The other way round, which normalises fewer elements (CaffeNet)."""
    return lrn(overlapping_pool(x, number), f"norm{number}", **norm)


def overlapping_pool(x: Tensor, number: int) -> Tensor:
    """3x3/2, rounding up as Caffe does: at 227 there is nothing to round."""
    return max_pool(x, f"pool{number}", k=3, stride=2, ceil=True)


def convolution(x: Tensor, name: str, *, groups: int, stride: int = 1, padding: int = 0) -> Tensor:
    """A row of KERNELS, and its ReLU. `groups` holds where the halves stay apart."""
    width, k, apart = KERNELS[name]
    return relu(conv(x, name, width, k=k, stride=stride, padding=padding, groups=groups if apart else 1), inplace=True)


def eight_layers(x: Tensor, classes: int, *, groups: int, between: Any, norm: dict[str, Any]) -> Tensor:
    """(N, 3, 227, 227) -> logits (N, classes): Figure 2. `between` makes the layers after conv1 and conv2."""
    x = between(convolution(x, "conv1", groups=groups, stride=4), 1, norm)
    x = between(convolution(x, "conv2", groups=groups, padding=2), 2, norm)
    x = convolution(x, "conv3", groups=groups, padding=1)
    x = convolution(x, "conv4", groups=groups, padding=1)
    x = convolution(x, "conv5", groups=groups, padding=1)
    x = flatten(overlapping_pool(x, 5))
    x = dropout(relu(linear(x, "fc6", 4096), inplace=True))
    x = dropout(relu(linear(x, "fc7", 4096), inplace=True))
    return linear(x, "fc8", classes)


@architecture(
    year=2012,
    source="Krizhevsky et al., NIPS 2012, Figure 2; Caffe's bvlc_alexnet",
    input=(3, 227, 227),
    networks={
        "alexnet_paper": {"groups": 2},
        "alexnet_one_tower": {"groups": 1},
    },
    note="The paper says 224; its 55x55 outputs of an 11x11/4 convolution take 227.",
)
def alexnet_paper(x: Tensor, classes: int = 1000, *, groups: int) -> Tensor:
    """(N, 3, 227, 227) -> logits (N, classes)."""
    return eight_layers(x, classes, groups=groups, between=normalize_then_pool, norm=PAPER_NORM)
