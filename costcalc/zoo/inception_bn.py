"""Inception with batch norm: Ioffe & Szegedy, "Batch normalization: accelerating deep network training by
reducing internal covariate shift", ICML 2015, appendix, Figure 5.

The figure contradicts itself: with the pool projections it prints, 4c and 4d put out 608 channels, not its
576, and 4e 1056, not its 1024. `inception_bn` has projections of 96 there, as tf-slim's inception_v2.py, so that
every printed output size holds; `inception_bn_printed` takes each width as printed.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    flatten,
    linear,
    max_pool,
    relu,
)

# Figure 5: #1x1, #3x3 reduce, #3x3, double #3x3 reduce, double #3x3, Pool + proj.
PRINTED: dict[str, tuple[Any, ...]] = {
    "3a": (64, 64, 64, 64, 96, "avg", 32),
    "3b": (64, 64, 96, 64, 96, "avg", 64),
    "3c": (0, 128, 160, 64, 96, "max", "pass through"),
    "4a": (224, 64, 96, 96, 128, "avg", 128),
    "4b": (192, 96, 128, 96, 128, "avg", 128),
    "4c": (160, 128, 160, 128, 160, "avg", 128),
    "4d": (96, 128, 192, 160, 192, "avg", 128),
    "4e": (0, 128, 192, 192, 256, "max", "pass through"),
    "5a": (352, 192, 320, 160, 224, "avg", 128),
    "5b": (352, 192, 320, 192, 224, "max", 128),
}
CLOSED = {
    **PRINTED,
    "4c": (160, 128, 160, 128, 160, "avg", 96),
    "4d": (96, 128, 192, 160, 192, "avg", 96),
}


@block
def basic_conv(x: Tensor, width: int, *, k: int, stride: int = 1) -> Tensor:
    """Convolution, batch norm, ReLU. Section 3.2: the shift of the norm takes the place of a bias."""
    x = conv(x, "conv", width, k=k, stride=stride, padding=k // 2, bias=False)
    return relu(batch_norm(x, "bn", eps=1e-3), "relu", inplace=True)


@block
def separable_conv(x: Tensor, width: int) -> Tensor:
    """Figure 5's convolution*: depthwise 7x7/2 with multiplier 8, then 1x1; one batch norm."""
    channels = x.shape[1]
    x = conv(x, "depthwise", 8 * channels, k=7, stride=2, padding=3, groups=channels, bias=False)
    x = conv(x, "pointwise", width, k=1, bias=False)
    return relu(batch_norm(x, "bn", eps=1e-3), "relu", inplace=True)


@block
def inception(
    x: Tensor, n1: int, n3_reduce: int, n3: int, d3_reduce: int, d3: int, pool: str, pool_proj: int | str
) -> Tensor:
    """Four branches, concatenated. Where the pool is passed through, there is no 1x1 branch and the stride is 2."""
    stride = 2 if pool_proj == "pass through" else 1
    branches = [basic_conv(x, "1x1", n1, k=1)] if n1 else []
    a = basic_conv(x, "3x3_reduce", n3_reduce, k=1)
    branches.append(basic_conv(a, "3x3", n3, k=3, stride=stride))
    b = basic_conv(x, "double_3x3_reduce", d3_reduce, k=1)
    b = basic_conv(b, "double_3x3_1", d3, k=3)
    branches.append(basic_conv(b, "double_3x3_2", d3, k=3, stride=stride))
    pooling = avg_pool if pool == "avg" else max_pool
    c = pooling(x, "pool", k=3, stride=stride, padding=1)
    branches.append(basic_conv(c, "pool_proj", pool_proj, k=1) if isinstance(pool_proj, int) else c)
    return concat(*branches)


@architecture(
    year=2015,
    source="Ioffe & Szegedy, ICML 2015, Figure 5",
    input=(3, 224, 224),
    networks={
        "inception_bn": {
            "table": CLOSED,
            "note": "Pool projections of 96 in 4c and 4d, where Figure 5 prints 128: all its output sizes hold.",
        },
        "inception_bn_printed": {
            "table": PRINTED,
            "note": "Each width as printed, so that 4c and 4d put out 608 channels and 4e 1056.",
        },
    },
)
def inception_bn(x: Tensor, classes: int = 1000, *, table: Mapping[str, tuple[Any, ...]]) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes)."""
    x = separable_conv(x, "conv1", 64)
    x = max_pool(x, "pool1", k=3, stride=2, padding=1)
    x = basic_conv(x, "conv2_reduce", 64, k=1)
    x = basic_conv(x, "conv2", 192, k=3)
    x = max_pool(x, "pool2", k=3, stride=2, padding=1)
    for name, widths in table.items():
        x = inception(x, f"inception_{name}", *widths)
    x = adaptive_avg_pool(x, "pool3", 1)  # Figure 5's 7x7/1 at 224
    return linear(flatten(x), "fc", classes)
