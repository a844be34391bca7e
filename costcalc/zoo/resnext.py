"""ResNeXt: Xie et al., "Aggregated residual transformations for deep neural networks", CVPR 2017.

A ResNet whose 3x3 convolutions are wider and in groups. Layers and weights are named as torchvision's
resnet.py names them.
"""

from __future__ import annotations

from costcalc.spec import Tensor, architecture
from costcalc.zoo.resnet import Stages, resnet

RESNEXT_50_4D: Stages = (  # Table 1, ResNeXt-50 (32x4d): 32 groups, of 4 channels in the first stage
    ((128, 128, 256), 3),
    ((256, 256, 512), 4),
    ((512, 512, 1024), 6),
    ((1024, 1024, 2048), 3),
)
RESNEXT_101: Stages = (  # 32x8d and 64x4d alike: 256 channels in the first stage
    ((256, 256, 256), 3),
    ((512, 512, 512), 4),
    ((1024, 1024, 1024), 23),
    ((2048, 2048, 2048), 3),
)


@architecture(
    year=2016,
    source="Xie et al., CVPR 2017, Table 1; torchvision resnet.py",
    input=(3, 224, 224),
    networks={
        "resnext50_32x4d": {"stages": RESNEXT_50_4D, "groups": 32},
        "resnext101_32x8d": {"stages": RESNEXT_101, "groups": 32},
        "resnext101_64x4d": {"stages": RESNEXT_101, "groups": 64},
    },
)
def resnext(x: Tensor, classes: int = 1000, *, stages: Stages, groups: int) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes)."""
    return resnet(x, classes, stages=stages, groups=groups)
