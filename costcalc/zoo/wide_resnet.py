"""Wide ResNet: Zagoruyko & Komodakis, "Wide residual networks", BMVC 2016: its networks for ImageNet.

A ResNet whose 3x3 convolutions, and those before them, are k times as wide. Layers and weights are named
as torchvision's resnet.py names them.
"""

from __future__ import annotations

from costcalc.spec import Tensor, architecture
from costcalc.zoo.resnet import TABLE_1, Stages, resnet


@architecture(
    year=2016,
    source="torchvision resnet.py, after Zagoruyko & Komodakis, BMVC 2016 (WRN-50-2-bottleneck)",
    input=(3, 224, 224),
    width="k",
    networks={
        "wide_resnet50_2": {"stages": TABLE_1[50], "k": 2.0},
        "wide_resnet101_2": {"stages": TABLE_1[101], "k": 2.0},
    },
)
def wide_resnet(x: Tensor, classes: int = 1000, *, stages: Stages, k: float) -> Tensor:
    """(N, 3, H, W) -> logits (N, classes). `stages` are those of a ResNet; `k` widens the inside of its blocks."""
    wide = tuple(((*(int(k * inner) for inner in inside), width), blocks) for (*inside, width), blocks in stages)
    return resnet(x, classes, stages=wide)
