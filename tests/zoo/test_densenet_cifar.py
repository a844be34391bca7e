import pytest
import torchvision
from against import is_the_same_network, totals
from torch import nn

from costcalc import zoo

# Huang et al., CVPR 2017, Table 2: params in millions, as printed.
PRINTED = {
    "densenet_cifar40_k12": "1.0M",
    "densenet_cifar100_k12": "7.0M",
    "densenet_cifar100_k24": "27.2M",
    "densenet_cifar_bc100_k12": "0.8M",
    "densenet_cifar_bc250_k24": "15.3M",
    "densenet_cifar_bc190_k40": "25.6M",
}
# The same, re-added from the text of section 3.
PARAMS = {
    "densenet_cifar40_k12": 1_019_722,
    "densenet_cifar100_k12": 6_979_642,
    "densenet_cifar100_k24": 27_249_082,
    "densenet_cifar_bc100_k12": 769_162,
    "densenet_cifar_bc250_k24": 15_324_406,
    "densenet_cifar_bc190_k40": 25_624_430,
}


@pytest.mark.parametrize("name", PRINTED)
def test_table_2(name: str) -> None:
    params, _ = totals(name)
    assert params == PARAMS[name]
    assert f"{params / 1e6:.1f}M" == PRINTED[name]


@pytest.mark.parametrize(("depth", "k"), [(40, 12), (100, 12), (100, 24)])
def test_basic_network_re_added(depth: int, k: int) -> None:
    """Section 3 in a loop: 16 channels at first, each layer 3x3 to k, transitions 1x1, 32, 16 and 8 pixels wide."""
    channels, weights, norms, mult_adds = 16, 27 * 16, 0, 27 * 16 * 32 * 32
    for pixels in (32 * 32, 16 * 16, 8 * 8):
        if pixels < 32 * 32:
            weights, norms = weights + channels**2, norms + 2 * channels
            mult_adds += channels**2 * 4 * pixels  # before its pool
        for _ in range((depth - 4) // 3):
            weights, norms = weights + 9 * channels * k, norms + 2 * channels
            mult_adds += 9 * channels * k * pixels
            channels += k
    params = weights + norms + 2 * channels + 10 * channels + 10
    assert totals(f"densenet_cifar{depth}_k{k}") == (params, mult_adds + 10 * channels)


@pytest.mark.parametrize(("depth", "k", "layers"), [(100, 12, 16), (250, 24, 41), (190, 40, 31)])
def test_bc_network_is_torchvisions_class_with_a_cifar_stem(depth: int, k: int, layers: int) -> None:
    model = torchvision.models.DenseNet(
        growth_rate=k, block_config=(layers,) * 3, num_init_features=2 * k, num_classes=10
    )
    model.features.conv0 = nn.Conv2d(3, 2 * k, 3, padding=1, bias=False)
    del model.features.norm0, model.features.relu0, model.features.pool0
    is_the_same_network(f"densenet_cifar_bc{depth}_k{k}", model, size=8)


@pytest.mark.parametrize("name", PRINTED)
def test_depth_counts_convolutions_and_the_classifier(name: str) -> None:
    nodes = zoo.find(name).build().nodes
    depth = int(name.removeprefix("densenet_cifar").removeprefix("_bc").partition("_")[0])
    assert sum(node.op in ("conv", "linear") for node in nodes) == depth
