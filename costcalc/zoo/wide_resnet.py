"""Wide ResNet: Zagoruyko & Komodakis, "Wide residual networks", BMVC 2016: its networks for ImageNet.

A ResNet whose 3x3 convolutions, and those before them, are twice as wide. Layers and weights are named
as torchvision's resnet.py names them.
"""

from __future__ import annotations

from costcalc.spec import Tensor, architecture
from costcalc.zoo.resnet import Stages, resnet

WRN_50_2: Stages = (((128, 128, 256), 3), ((256, 256, 512), 4), ((512, 512, 1024), 6), ((1024, 1024, 2048), 3))
WRN_101_2: Stages = (((128, 128, 256), 3), ((256, 256, 512), 4), ((512, 512, 1024), 23), ((1024, 1024, 2048), 3))


@architecture(
    year=2016,
    source="torchvision resnet.py, after Zagoruyko & Komodakis, BMVC 2016 (WRN-50-2-bottleneck)",
    input=(3, 224, 224),
    networks={"wide_resnet50_2": {"stages": WRN_50_2}, "wide_resnet101_2": {"stages": WRN_101_2}},
)
def wide_resnet(x: Tensor, classes: int = 1000, *, stages: Stages) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes)."""
    return resnet(x, classes, stages=stages)
