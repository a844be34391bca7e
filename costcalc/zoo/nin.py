"""Network in Network: Lin, Chen & Yan, "Network in network", ICLR 2014 (arXiv 1312.4400).

The layers are those of the authors' Caffe models; the cccp layers are 1x1 convolutions, the paper's
cascaded cross channel parametric pooling.
"""

from __future__ import annotations

from costcalc.spec import (
    Tensor,
    adaptive_avg_pool,
    architecture,
    avg_pool,
    conv,
    dropout,
    flatten,
    max_pool,
    relu,
)

GLOBAL_POOL = "The last pool is global, so that any input size works, as the paper has it; Caffe's window is"


def mlpconv(
    x: Tensor, name: str, cccp: tuple[int, int], widths: tuple[int, int, int], *, k: int, stride: int = 1, padding: int
) -> Tensor:
    """Section 3.1: a convolution, then a perceptron of two layers at each position, numbered `cccp`."""
    x = relu(conv(x, name, widths[0], k=k, stride=stride, padding=padding), inplace=True)
    x = relu(conv(x, f"cccp{cccp[0]}", widths[1], k=1), inplace=True)
    return relu(conv(x, f"cccp{cccp[1]}", widths[2], k=1), inplace=True)


@architecture(
    year=2013,
    source="the authors' Caffe model nin_imagenet, after Lin et al., ICLR 2014",
    input=(3, 224, 224),
    networks={"nin": {}},
    note=f"{GLOBAL_POOL} 6x6.",
)
def nin(x: Tensor, classes: int = 1000) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes)."""
    x = mlpconv(x, "conv1", (1, 2), (96, 96, 96), k=11, stride=4, padding=0)
    x = max_pool(x, "pool1", k=3, stride=2, ceil=True)
    x = mlpconv(x, "conv2", (3, 4), (256, 256, 256), k=5, padding=2)
    x = max_pool(x, "pool2", k=3, stride=2, ceil=True)
    x = mlpconv(x, "conv3", (5, 6), (384, 384, 384), k=3, padding=1)
    x = dropout(max_pool(x, "pool3", k=3, stride=2, ceil=True))
    x = mlpconv(x, "conv4", (7, 8), (1024, 1024, classes), k=3, padding=1)
    return flatten(adaptive_avg_pool(x, "pool4", 1))


@architecture(
    year=2013,
    source="the authors' Caffe model for CIFAR-10, after Lin et al., ICLR 2014",
    input=(3, 32, 32),
    networks={"nin_cifar10": {}},
    note=f"{GLOBAL_POOL} 8x8.",
)
def nin_cifar10(x: Tensor, classes: int = 10) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes)."""
    x = mlpconv(x, "conv1", (1, 2), (192, 160, 96), k=5, padding=2)
    x = dropout(max_pool(x, "pool1", k=3, stride=2, ceil=True))
    x = mlpconv(x, "conv2", (3, 4), (192, 192, 192), k=5, padding=2)
    x = dropout(avg_pool(x, "pool2", k=3, stride=2, ceil=True))
    x = mlpconv(x, "conv3", (5, 6), (192, 192, classes), k=3, padding=1)
    return flatten(adaptive_avg_pool(x, "pool3", 1))
