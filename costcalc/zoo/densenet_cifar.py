"""DenseNet for CIFAR: Huang et al., "Densely connected convolutional networks", CVPR 2017, section 3 and Table 2.

Names: depth L and growth rate k as in Table 2, "bc" for DenseNet-BC. Layers are named as in densenet.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.spec import (
    SpecError,
    Tensor,
    adaptive_avg_pool,
    architecture,
    batch_norm,
    block,
    concat,
    conv,
    flatten,
    linear,
    relu,
)
from costcalc.zoo.densenet import bottleneck_layer, dense_block, transition


@block
def basic_layer(features: Sequence[Tensor], k: int) -> Tensor:
    """Section 3, composite function: H of all features before it, BN-ReLU-Conv(3x3) to k."""
    x = relu(batch_norm(concat(*features), "norm1"), "relu1", inplace=True)
    return conv(x, "conv1", k, k=3, padding=1, bias=False)


@block
def features(x: Tensor, depth: int, k: int, compressed: bool) -> Tensor:
    """Section 3, implementation details: a 3x3 convolution and three dense blocks alike, with transitions between.

    Of the depth, 4 layers are the first convolution, two transitions and the classifier.
    """
    stem, layer, convolutions = (2 * k, bottleneck_layer, 2) if compressed else (16, basic_layer, 1)
    if (depth - 4) % (3 * convolutions):
        raise SpecError(f"depth={depth} must be 4 more than a multiple of {3 * convolutions}")
    x = conv(x, "conv0", stem, k=3, padding=1, bias=False)
    for number in (1, 2, 3):
        if number > 1:
            x = transition(x, f"transition{number - 1}", x.shape[1] // (2 if compressed else 1))
        x = dense_block(x, f"denseblock{number}", (depth - 4) // 3 // convolutions, k, layer)
    return batch_norm(x, "norm5")


@architecture(
    year=2016,
    source="Huang et al., CVPR 2017, section 3 and Table 2",
    input=(3, 32, 32),
    networks={
        "densenet_cifar40_k12": {"depth": 40, "k": 12, "compressed": False},
        "densenet_cifar100_k12": {"depth": 100, "k": 12, "compressed": False},
        "densenet_cifar100_k24": {"depth": 100, "k": 24, "compressed": False},
        "densenet_cifar_bc100_k12": {"depth": 100, "k": 12, "compressed": True},
        "densenet_cifar_bc250_k24": {"depth": 250, "k": 24, "compressed": True},
        "densenet_cifar_bc190_k40": {"depth": 190, "k": 40, "compressed": True},
    },
    note="Without the dropout that the paper adds where it trains without data augmentation.",
)
def densenet_cifar(x: Tensor, classes: int = 10, *, depth: int, k: int, compressed: bool) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes). `compressed` is DenseNet-BC: bottlenecks, and transitions to half."""
    x = relu(features(x, "features", depth, k, compressed), "relu", inplace=True)
    x = flatten(adaptive_avg_pool(x, "avgpool", 1), "flatten")
    return linear(x, "classifier", classes)
