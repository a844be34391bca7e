from __future__ import annotations

from collections import OrderedDict

import pytest
import torch
from against import is_the_same_network, totals
from torch import nn
from torchvision.models.resnet import BasicBlock

# He et al., CVPR 2016, Table 6 prints 0.27M, 0.46M, 0.66M, 0.85M, 1.7M and 19.4M params. To the last digit
# re-added from section 4.2: 3x3 convolutions without bias, 2 numbers a channel of batch norm, and a layer of 64x10.
PARAMS = {20: 269_722, 32: 464_154, 44: 658_586, 56: 853_018, 110: 1_727_962, 1202: 19_421_274}
PRINTED = {20: "0.27", 32: "0.46", 44: "0.66", 56: "0.85", 110: "1.7", 1202: "19.4"}


@pytest.mark.parametrize("layers", PARAMS)
def test_table_6(layers: int) -> None:
    params, _ = totals(f"resnet_cifar{layers}")
    assert params == PARAMS[layers]
    digits = len(PRINTED[layers].partition(".")[2])
    assert f"{params / 1e6:.{digits}f}" == PRINTED[layers]


@pytest.mark.parametrize("layers", PARAMS)
def test_mult_adds(layers: int) -> None:
    """Section 4.2: 1 + 2n, 2n and 2n layers on maps of 32x32, 16x16 and 8x8 with 16, 32 and 64 filters.

    All but three convolutions cost 32·32·16·16·9: four times fewer positions, twice the filters and channels.
    """
    n = (layers - 2) // 6
    most, strided = 32 * 32 * 16 * 16 * 9, 16 * 16 * 32 * 16 * 9
    assert strided == 8 * 8 * 64 * 32 * 9
    assert totals(f"resnet_cifar{layers}")[1] == 32 * 32 * 16 * 3 * 9 + (6 * n - 2) * most + 2 * strided + 640


class ZeroPadding(nn.Module):
    """Every second position, and as many zero channels as there are channels."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x[:, :, ::2, ::2]
        return torch.cat([x, torch.zeros_like(x)], 1)


@pytest.mark.parametrize("layers", [20, 56])
def test_is_made_of_torchvisions_blocks(layers: int) -> None:
    n = (layers - 2) // 6
    parts: dict[str, nn.Module] = {"conv1": nn.Conv2d(3, 16, 3, padding=1, bias=False), "bn1": nn.BatchNorm2d(16)}
    parts["relu"] = nn.ReLU()
    parts["layer1"] = nn.Sequential(*[BasicBlock(16, 16) for _ in range(n)])
    for number, width in ((2, 32), (3, 64)):
        first = BasicBlock(width // 2, width, stride=2, downsample=ZeroPadding())
        parts[f"layer{number}"] = nn.Sequential(first, *[BasicBlock(width, width) for _ in range(n - 1)])
    tail = {"avgpool": nn.AdaptiveAvgPool2d(1), "flatten": nn.Flatten(), "fc": nn.Linear(64, 10)}
    is_the_same_network(f"resnet_cifar{layers}", nn.Sequential(OrderedDict(parts | tail)))
