from collections import Counter

import pytest
import torch
import torchvision
from against import is_the_same_network, totals

from costcalc import zoo
from costcalc.analysis.cost import Cost

# The authors' list of checkpoints (tensorflow/models, research/slim/nets/mobilenet/README.md): million MACs.
CHECKPOINTS = {224: 300, 192: 221, 160: 154, 128: 99, 96: 56}


def test_is_torchvisions() -> None:
    is_the_same_network("mobilenet_v2", torchvision.models.get_model("mobilenet_v2", weights=None), size=64)


def test_totals() -> None:
    """torchvision's num_params, and its _ops, in thousand million, at 224."""
    params, mult_adds = totals("mobilenet_v2")
    for weights in torchvision.models.get_model_weights("mobilenet_v2"):
        assert weights.transforms().crop_size == [224]
        assert (weights.meta["num_params"], weights.meta["_ops"]) == (params, round(mult_adds / 1e9, 3))
    assert (params, mult_adds) == (3_504_872, 300_774_272)


@pytest.mark.parametrize("size", CHECKPOINTS)
def test_the_authors_checkpoints(size: int) -> None:
    """The list cuts off: 300.8 is its 300."""
    cost = Cost(zoo.find("mobilenet_v2").build(input=(3, size, size)))
    assert cost.macs // 10**6 == CHECKPOINTS[size]


# The same list at 224, by width multiplier.
MULTIPLIERS = {1.4: 582, 1.3: 509, 1.0: 300, 0.75: 209, 0.5: 97, 0.35: 59}


@pytest.mark.parametrize("alpha", MULTIPLIERS)
def test_the_authors_width_multipliers(alpha: float) -> None:
    assert Cost(zoo.find("mobilenet_v2").build(args={"alpha": alpha})).macs // 10**6 == MULTIPLIERS[alpha]


@pytest.mark.parametrize("alpha", [0.1, 0.35, 0.6, 1.4, 3.3])
def test_width_multipliers_are_torchvisions(alpha: float) -> None:
    with torch.device("meta"):
        model = torchvision.models.mobilenet_v2(width_mult=alpha)
    weights = zoo.find("mobilenet_v2").build(args={"alpha": alpha}).weights
    assert Counter(weights.values()) == Counter(tuple(each.shape) for each in model.parameters())
