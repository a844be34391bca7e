"""DenseNet: Huang et al., "Densely connected convolutional networks", CVPR 2017. For ImageNet; see densenet_cifar.py.

Layers and weights are named as torchvision's densenet.py names them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

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

LAYERS = {  # Table 1: layers in each dense block
    "DenseNet-121": (6, 12, 24, 16),
    "DenseNet-161": (6, 12, 36, 24),  # not in the table: the authors' wider network, k = 48
    "DenseNet-169": (6, 12, 32, 32),
    "DenseNet-201": (6, 12, 48, 32),
    "DenseNet-264": (6, 12, 64, 48),
}


@block
def bottleneck_layer(features: Sequence[Tensor], k: int) -> Tensor:
    """Section 3, DenseNet-B: H of all features before it, BN-ReLU-Conv(1x1) to 4k, BN-ReLU-Conv(3x3) to k."""
    x = relu(batch_norm(concat(*features), "norm1"), "relu1", inplace=True)
    x = conv(x, "conv1", 4 * k, k=1, bias=False)
    x = relu(batch_norm(x, "norm2"), "relu2", inplace=True)
    return conv(x, "conv2", k, k=3, padding=1, bias=False)


@block
def dense_block(x: Tensor, layers: int, k: int, layer: Callable[..., Tensor]) -> Tensor:
    """`layers` layers, each of which reads the outputs of all before it, and adds k channels."""
    features = [x]
    for number in range(1, layers + 1):
        features.append(layer(features, f"denselayer{number}", k))
    return concat(*features)


@block
def transition(x: Tensor, width: int) -> Tensor:
    """Table 1: BN-ReLU-Conv(1x1) to `width`, then a 2x2 average pool."""
    x = relu(batch_norm(x, "norm"), "relu", inplace=True)
    return avg_pool(conv(x, "conv", width, k=1, bias=False), "pool", k=2, stride=2)


@block
def features(x: Tensor, layers: tuple[int, ...], k: int) -> Tensor:
    """Table 1: a 7x7 convolution to 2k, a pool, the dense blocks and, between them, transitions to half (C)."""
    x = conv(x, "conv0", 2 * k, k=7, stride=2, padding=3, bias=False)
    x = relu(batch_norm(x, "norm0"), "relu0", inplace=True)
    x = max_pool(x, "pool0", k=3, stride=2, padding=1)
    for number, count in enumerate(layers, 1):
        if number > 1:
            x = transition(x, f"transition{number - 1}", x.shape[1] // 2)
        x = dense_block(x, f"denseblock{number}", count, k, bottleneck_layer)
    return batch_norm(x, "norm5")


@architecture(
    year=2016,
    source="Huang et al., CVPR 2017, Table 1; torchvision densenet.py",
    input=(3, 224, 224),
    networks={
        "densenet121": {"layers": LAYERS["DenseNet-121"], "k": 32},
        "densenet161": {
            "layers": LAYERS["DenseNet-161"],
            "k": 48,
            "source": "torchvision densenet.py, after the authors' DenseNet-161 (k=48)",
        },
        "densenet169": {"layers": LAYERS["DenseNet-169"], "k": 32},
        "densenet201": {"layers": LAYERS["DenseNet-201"], "k": 32},
        "densenet264": {"layers": LAYERS["DenseNet-264"], "k": 32},
    },
)
def densenet(x: Tensor, classes: int = 1000, *, layers: tuple[int, ...], k: int) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes). `k` is the growth rate."""
    x = relu(features(x, "features", layers, k), "relu", inplace=True)
    x = flatten(adaptive_avg_pool(x, "avgpool", 1), "flatten")
    return linear(x, "classifier", classes)
