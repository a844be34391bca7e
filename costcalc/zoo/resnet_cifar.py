"""ResNets for CIFAR-10: He et al., "Deep residual learning for image recognition", CVPR 2016, section 4.2.

Named as torchvision names the layers of its ResNets: the paper names none.
"""

from __future__ import annotations

from costcalc.spec import Tensor, adaptive_avg_pool, architecture, batch_norm, conv, flatten, linear, relu
from costcalc.zoo.resnet import stage, zero_padding

WIDTHS = (16, 32, 64)  # the table of section 4.2: filters where the output map is 32x32, 16x16, 8x8

BLOCKS = {20: 3, 32: 5, 44: 7, 56: 9, 110: 18, 1202: 200}  # n: a stage has 2n layers, a network 6n + 2


@architecture(
    year=2015,
    source="He et al., CVPR 2016, section 4.2 and Table 6",
    input=(3, 32, 32),
    networks={f"resnet_cifar{layers}": {"n": n} for layers, n in BLOCKS.items()},
    note="Shortcuts are identities with zero padding (option A) where dimensions change.",
)
def resnet_cifar(x: Tensor, classes: int = 10, *, n: int) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes)."""
    x = conv(x, "conv1", 16, k=3, padding=1, bias=False)
    x = relu(batch_norm(x, "bn1"), "relu", inplace=True)
    for number, width in enumerate(WIDTHS, 1):
        stride = 1 if number == 1 else 2
        x = stage(x, f"layer{number}", (width, width), n, stride=stride, first=0, shortcut=zero_padding)
    x = flatten(adaptive_avg_pool(x, "avgpool", 1))
    return linear(x, "fc", classes)
