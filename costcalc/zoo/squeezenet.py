"""SqueezeNet: Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters", arXiv 1602.07360, 2016.

Layers and weights are named as torchvision's squeezenet.py names them. 1.1 is the authors' later version,
with a smaller first layer and earlier pools.
"""

from __future__ import annotations

from costcalc.spec import Tensor, adaptive_avg_pool, architecture, block, concat, conv, dropout, flatten, max_pool, relu

FIRE = {  # Table 1: s1x1 (squeeze), e1x1, e3x3 (expand)
    2: (16, 64, 64),
    3: (16, 64, 64),
    4: (32, 128, 128),
    5: (32, 128, 128),
    6: (48, 192, 192),
    7: (48, 192, 192),
    8: (64, 256, 256),
    9: (64, 256, 256),
}


@block
def fire(x: Tensor, squeeze: int, expand1x1: int, expand3x3: int) -> Tensor:
    """Figure 1: a 1x1 convolution, then 1x1 and 3x3 side by side, concatenated by channel."""
    x = relu(conv(x, "squeeze", squeeze, k=1), "squeeze_activation", inplace=True)
    a = relu(conv(x, "expand1x1", expand1x1, k=1), "expand1x1_activation", inplace=True)
    b = relu(conv(x, "expand3x3", expand3x3, k=3, padding=1), "expand3x3_activation", inplace=True)
    return concat(a, b)


@block
def features(x: Tensor, *, conv1: tuple[int, int], pool_after: tuple[int, int]) -> Tensor:
    """conv1 and the fire modules, numbered as in one nn.Sequential; pools after conv1 and the modules named."""
    width, k = conv1
    x = relu(conv(x, "0", width, k=k, stride=2), "1", inplace=True)
    x = max_pool(x, "2", k=3, stride=2, ceil=True)
    number = 3
    for module, widths in FIRE.items():
        x = fire(x, f"{number}", *widths)
        number += 1
        if module in pool_after:
            x = max_pool(x, f"{number}", k=3, stride=2, ceil=True)
            number += 1
    return x


@block
def classifier(x: Tensor, classes: int) -> Tensor:
    """Dropout, conv10 and a global pool."""
    x = relu(conv(dropout(x, "0"), "1", classes, k=1), "2", inplace=True)
    return adaptive_avg_pool(x, "3", 1)


@architecture(
    year=2016,
    source="Iandola et al., arXiv 1602.07360, Table 1; torchvision squeezenet.py",
    input=(3, 224, 224),
    networks={
        "squeezenet1_0": {
            "conv1": (96, 7),
            "pool_after": (4, 8),
            "note": "Table 1's output sizes, 111 to 13, are those of an input of 227, as in the authors' Caffe model.",
        },
        "squeezenet1_1": {
            "conv1": (64, 3),
            "pool_after": (3, 5),
            "source": "the authors' SqueezeNet_v1.1; torchvision squeezenet.py",
        },
    },
)
def squeezenet(x: Tensor, classes: int = 1000, *, conv1: tuple[int, int], pool_after: tuple[int, int]) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes)."""
    x = features(x, "features", conv1=conv1, pool_after=pool_after)
    return flatten(classifier(x, "classifier", classes))
