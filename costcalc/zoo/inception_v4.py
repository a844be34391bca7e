"""Inception v4: Szegedy et al., "Inception-v4, Inception-ResNet and the impact of residual connections on
learning", AAAI 2017, Figures 3 to 9.

Layers and weights are named as timm's inception_v4.py names them. As timm and tf-slim, Figure 6 has its 3x1
before its 1x3, and Figure 5's second 1x7 of each pair, a misprint, is 7x1: the params and mult-adds stay.
"""

from __future__ import annotations

from costcalc.spec import (
    Tensor,
    adaptive_avg_pool,
    architecture,
    avg_pool,
    batch_norm,
    block,
    concat,
    conv,
    dropout,
    flatten,
    linear,
    max_pool,
    relu,
)
from costcalc.spec.shapes import Sizes


@block
def basic_conv(x: Tensor, width: int, *, k: Sizes, stride: int = 1, valid: bool = False) -> Tensor:
    """Convolution, batch norm, ReLU. The figures mark with a V the convolutions without padding."""
    x = conv(x, "conv", width, k=k, stride=stride, padding=0 if valid else "same", bias=False)
    return relu(batch_norm(x, "bn", eps=1e-3), "relu", inplace=True)


def branch(x: Tensor, name: str, *layers: tuple[int, Sizes]) -> Tensor:
    """One convolution after another, each of a width and a window."""
    for i, (width, k) in enumerate(layers):
        x = basic_conv(x, f"{name}.{i}", width, k=k)
    return x


@block
def stem_3a(x: Tensor) -> Tensor:
    """Figure 3, its first fork."""
    return concat(max_pool(x, "maxpool", k=3, stride=2), basic_conv(x, "conv", 96, k=3, stride=2, valid=True))


@block
def stem_4a(x: Tensor) -> Tensor:
    """Figure 3, its second fork."""
    a = branch(x, "branch0", (64, 1))
    a = basic_conv(a, "branch0.1", 96, k=3, valid=True)
    b = branch(x, "branch1", (64, 1), (64, (1, 7)), (64, (7, 1)))
    b = basic_conv(b, "branch1.3", 96, k=3, valid=True)
    return concat(a, b)


@block
def stem_5a(x: Tensor) -> Tensor:
    """Figure 3, its third fork."""
    return concat(basic_conv(x, "conv", 192, k=3, stride=2, valid=True), max_pool(x, "maxpool", k=3, stride=2))


def stem(x: Tensor) -> Tensor:
    """Figure 3, of Inception-v4 and Inception-ResNet-v2: (N, 3, 299, 299) -> (N, 384, 35, 35)."""
    x = basic_conv(x, "0", 32, k=3, stride=2, valid=True)
    x = basic_conv(x, "1", 32, k=3, valid=True)
    x = basic_conv(x, "2", 64, k=3)
    return stem_5a(stem_4a(stem_3a(x, "3"), "4"), "5")


@block
def inception_a(x: Tensor) -> Tensor:
    """Figure 4, on 35x35."""
    a = basic_conv(x, "branch0", 96, k=1)
    b = branch(x, "branch1", (64, 1), (96, 3))
    c = branch(x, "branch2", (64, 1), (96, 3), (96, 3))
    d = avg_pool(x, "branch3.0", k=3, stride=1, padding=1, count_include_pad=False)
    d = basic_conv(d, "branch3.1", 96, k=1)
    return concat(a, b, c, d)


@block
def reduction_a(x: Tensor) -> Tensor:
    """Figure 7, 35x35 to 17x17, with Table 1's k, l, m, n = 192, 224, 256, 384."""
    a = basic_conv(x, "branch0", 384, k=3, stride=2, valid=True)
    b = branch(x, "branch1", (192, 1), (224, 3))
    b = basic_conv(b, "branch1.2", 256, k=3, stride=2, valid=True)
    return concat(a, b, max_pool(x, "branch2", k=3, stride=2))


@block
def inception_b(x: Tensor) -> Tensor:
    """Figure 5, on 17x17."""
    a = basic_conv(x, "branch0", 384, k=1)
    b = branch(x, "branch1", (192, 1), (224, (1, 7)), (256, (7, 1)))
    c = branch(x, "branch2", (192, 1), (192, (7, 1)), (224, (1, 7)), (224, (7, 1)), (256, (1, 7)))
    d = avg_pool(x, "branch3.0", k=3, stride=1, padding=1, count_include_pad=False)
    d = basic_conv(d, "branch3.1", 128, k=1)
    return concat(a, b, c, d)


@block
def reduction_b(x: Tensor) -> Tensor:
    """Figure 8, 17x17 to 8x8."""
    a = branch(x, "branch0", (192, 1))
    a = basic_conv(a, "branch0.1", 192, k=3, stride=2, valid=True)
    b = branch(x, "branch1", (256, 1), (256, (1, 7)), (320, (7, 1)))
    b = basic_conv(b, "branch1.3", 320, k=3, stride=2, valid=True)
    return concat(a, b, max_pool(x, "branch2", k=3, stride=2))


@block
def inception_c(x: Tensor) -> Tensor:
    """Figure 6, on 8x8."""
    a = basic_conv(x, "branch0", 256, k=1)
    b = basic_conv(x, "branch1_0", 384, k=1)
    b = concat(basic_conv(b, "branch1_1a", 256, k=(1, 3)), basic_conv(b, "branch1_1b", 256, k=(3, 1)))
    c = basic_conv(x, "branch2_0", 384, k=1)
    c = basic_conv(c, "branch2_1", 448, k=(3, 1))
    c = basic_conv(c, "branch2_2", 512, k=(1, 3))
    c = concat(basic_conv(c, "branch2_3a", 256, k=(1, 3)), basic_conv(c, "branch2_3b", 256, k=(3, 1)))
    d = avg_pool(x, "branch3.0", k=3, stride=1, padding=1, count_include_pad=False)
    d = basic_conv(d, "branch3.1", 256, k=1)
    return concat(a, b, c, d)


@block
def features(x: Tensor) -> Tensor:
    """Figure 9: stem, 4 A, 7 B, 3 C and the reductions between, numbered as in one nn.Sequential."""
    x = stem(x)
    for i in range(6, 10):
        x = inception_a(x, f"{i}")
    x = reduction_a(x, "10")
    for i in range(11, 18):
        x = inception_b(x, f"{i}")
    x = reduction_b(x, "18")
    for i in range(19, 22):
        x = inception_c(x, f"{i}")
    return x


@architecture(
    year=2016,
    source="Szegedy et al., AAAI 2017, Figure 9; timm inception_v4.py",
    input=(3, 299, 299),
    networks={"inception_v4": {}},
)
def inception_v4(x: Tensor, classes: int = 1000) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes)."""
    x = adaptive_avg_pool(features(x, "features"), "global_pool", 1)
    x = dropout(flatten(x), "dropout", p=0.2)
    return linear(x, "last_linear", classes)
