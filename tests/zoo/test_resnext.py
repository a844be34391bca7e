from __future__ import annotations

import pytest
import torchvision
from against import is_the_same_network, totals

from costcalc import zoo

# torchvision's num_params, and its models' mult-adds as torch's FlopCounterMode counts them, halved.
TOTALS = {
    "resnext50_32x4d": (25_028_904, 4_230_479_872),
    "resnext101_32x8d": (88_791_336, 16_414_015_488),
    "resnext101_64x4d": (83_455_272, 15_460_270_080),
}


@pytest.mark.parametrize("name", TOTALS)
def test_is_torchvisions(name: str) -> None:
    assert totals(name) == TOTALS[name]
    for weights in torchvision.models.get_model_weights(name):
        assert weights.meta["num_params"] == TOTALS[name][0]
        assert weights.meta["_ops"] == round(TOTALS[name][1] / 1e9, 3)
    is_the_same_network(name, torchvision.models.get_model(name, weights=None), size=40)


@pytest.mark.parametrize(
    ("name", "groups", "channels"),
    [
        ("resnext50_32x4d", 32, 4),
        ("resnext101_32x8d", 32, 8),
        ("resnext101_64x4d", 64, 4),
    ],
)
def test_cardinality_and_width_are_those_of_the_name(name: str, groups: int, channels: int) -> None:
    settings = zoo.find(name).build().node("layer1.0.conv2").facts.settings
    assert (settings["groups"], settings["width"]) == (groups, groups * channels)
