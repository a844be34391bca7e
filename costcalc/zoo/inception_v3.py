"""Inception v3: Szegedy et al., "Rethinking the Inception architecture for computer vision", CVPR 2016.

Layers and weights are named as torchvision's inception.py names them; the modules are the paper's Figures 5
to 7 (here A, C and E) and Figure 10 (B and D). The paper prints no widths inside its modules.
torchvision's trained weights also want its `transform_input`, which rescales the image and is not a layer here.
"""

from __future__ import annotations

from typing import Any

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
    outputs,
    relu,
)
from costcalc.spec.shapes import Padding, Sizes


@block
def basic_conv(x: Tensor, width: int, *, k: Sizes, stride: int = 1, padding: Padding = 0) -> Tensor:
    """torchvision's BasicConv2d: convolution without bias, batch norm, ReLU."""
    x = conv(x, "conv", width, k=k, stride=stride, padding=padding, bias=False)
    return relu(batch_norm(x, "bn", eps=1e-3), "relu", inplace=True)


@block
def inception_a(x: Tensor, pool_proj: int) -> Tensor:
    """Figure 5, on 35x35: except for its 5x5, each 5x5 is two 3x3."""
    a = basic_conv(x, "branch1x1", 64, k=1)
    b = basic_conv(x, "branch5x5_1", 48, k=1)
    b = basic_conv(b, "branch5x5_2", 64, k=5, padding="same")
    c = basic_conv(x, "branch3x3dbl_1", 64, k=1)
    c = basic_conv(c, "branch3x3dbl_2", 96, k=3, padding="same")
    c = basic_conv(c, "branch3x3dbl_3", 96, k=3, padding="same")
    d = avg_pool(x, "pool", k=3, stride=1, padding=1)
    d = basic_conv(d, "branch_pool", pool_proj, k=1)
    return concat(a, b, c, d)


@block
def reduction_b(x: Tensor) -> Tensor:
    """Figure 10, 35x35 to 17x17."""
    a = basic_conv(x, "branch3x3", 384, k=3, stride=2)
    b = basic_conv(x, "branch3x3dbl_1", 64, k=1)
    b = basic_conv(b, "branch3x3dbl_2", 96, k=3, padding="same")
    b = basic_conv(b, "branch3x3dbl_3", 96, k=3, stride=2)
    c = max_pool(x, "pool", k=3, stride=2)
    return concat(a, b, c)


@block
def inception_c(x: Tensor, n7: int) -> Tensor:
    """Figure 6 with n = 7, on 17x17: 7x7 factorised into 1x7 and 7x1. `n7` is the width between them."""
    a = basic_conv(x, "branch1x1", 192, k=1)
    b = basic_conv(x, "branch7x7_1", n7, k=1)
    b = basic_conv(b, "branch7x7_2", n7, k=(1, 7), padding="same")
    b = basic_conv(b, "branch7x7_3", 192, k=(7, 1), padding="same")
    c = basic_conv(x, "branch7x7dbl_1", n7, k=1)
    c = basic_conv(c, "branch7x7dbl_2", n7, k=(7, 1), padding="same")
    c = basic_conv(c, "branch7x7dbl_3", n7, k=(1, 7), padding="same")
    c = basic_conv(c, "branch7x7dbl_4", n7, k=(7, 1), padding="same")
    c = basic_conv(c, "branch7x7dbl_5", 192, k=(1, 7), padding="same")
    d = avg_pool(x, "pool", k=3, stride=1, padding=1)
    d = basic_conv(d, "branch_pool", 192, k=1)
    return concat(a, b, c, d)


@block
def reduction_d(x: Tensor) -> Tensor:
    """Figure 10, 17x17 to 8x8, its double 3x3 with a 7x7 in two before."""
    a = basic_conv(x, "branch3x3_1", 192, k=1)
    a = basic_conv(a, "branch3x3_2", 320, k=3, stride=2)
    b = basic_conv(x, "branch7x7x3_1", 192, k=1)
    b = basic_conv(b, "branch7x7x3_2", 192, k=(1, 7), padding="same")
    b = basic_conv(b, "branch7x7x3_3", 192, k=(7, 1), padding="same")
    b = basic_conv(b, "branch7x7x3_4", 192, k=3, stride=2)
    c = max_pool(x, "pool", k=3, stride=2)
    return concat(a, b, c)


@block
def inception_e(x: Tensor) -> Tensor:
    """Figure 7, on 8x8: 1x3 and 3x1 side by side."""
    a = basic_conv(x, "branch1x1", 320, k=1)
    b = basic_conv(x, "branch3x3_1", 384, k=1)
    b = concat(
        basic_conv(b, "branch3x3_2a", 384, k=(1, 3), padding="same"),
        basic_conv(b, "branch3x3_2b", 384, k=(3, 1), padding="same"),
    )
    c = basic_conv(x, "branch3x3dbl_1", 448, k=1)
    c = basic_conv(c, "branch3x3dbl_2", 384, k=3, padding="same")
    c = concat(
        basic_conv(c, "branch3x3dbl_3a", 384, k=(1, 3), padding="same"),
        basic_conv(c, "branch3x3dbl_3b", 384, k=(3, 1), padding="same"),
    )
    d = avg_pool(x, "pool", k=3, stride=1, padding=1)
    d = basic_conv(d, "branch_pool", 192, k=1)
    return concat(a, b, c, d)


@block
def auxiliary_head(x: Tensor, classes: int) -> Tensor:
    """Figure 8: on top of the last 17x17 layer."""
    x = avg_pool(x, "pool", k=5, stride=3)
    x = basic_conv(x, "conv0", 128, k=1)
    x = basic_conv(x, "conv1", 768, k=5)
    return linear(flatten(adaptive_avg_pool(x, "avgpool", 1)), "fc", classes)


@architecture(
    year=2015,
    source="Szegedy et al., CVPR 2016, Table 1; torchvision inception.py",
    input=(3, 299, 299),
    networks={
        "inception_v3": {},
        "inception_v3_aux": {"aux": True, "note": "With its auxiliary head, which runs in training."},
    },
)
def inception_v3(x: Tensor, classes: int = 1000, *, aux: bool = False) -> Any:
    """(N, 3, H, W) -> logits (N, classes), and the logits of the head in training."""
    x = basic_conv(x, "Conv2d_1a_3x3", 32, k=3, stride=2)
    x = basic_conv(x, "Conv2d_2a_3x3", 32, k=3)
    x = basic_conv(x, "Conv2d_2b_3x3", 64, k=3, padding="same")
    x = max_pool(x, "maxpool1", k=3, stride=2)
    x = basic_conv(x, "Conv2d_3b_1x1", 80, k=1)
    x = basic_conv(x, "Conv2d_4a_3x3", 192, k=3)
    x = max_pool(x, "maxpool2", k=3, stride=2)
    x = inception_a(x, "Mixed_5b", pool_proj=32)
    x = inception_a(x, "Mixed_5c", pool_proj=64)
    x = inception_a(x, "Mixed_5d", pool_proj=64)
    x = reduction_b(x, "Mixed_6a")
    x = inception_c(x, "Mixed_6b", n7=128)
    x = inception_c(x, "Mixed_6c", n7=160)
    x = inception_c(x, "Mixed_6d", n7=160)
    x = inception_c(x, "Mixed_6e", n7=192)
    heads = [auxiliary_head(x, "AuxLogits", classes)] if aux else []
    x = reduction_d(x, "Mixed_7a")
    x = inception_e(x, "Mixed_7b")
    x = inception_e(x, "Mixed_7c")
    x = dropout(adaptive_avg_pool(x, "avgpool", 1), "dropout", p=0.5)
    x = linear(flatten(x), "fc", classes)
    return outputs(x, train=heads)
