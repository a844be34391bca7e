from __future__ import annotations

from collections import Counter

import pytest
import torch
import torchvision
from against import is_the_same_network, totals

from costcalc import zoo

# torchvision's num_params, and its models' mult-adds as torch's FlopCounterMode counts them, halved.
TOTALS = {
    "wide_resnet50_2": (68_883_240, 11_398_021_120),
    "wide_resnet101_2": (126_886_696, 22_753_050_624),
}


@pytest.mark.parametrize("name", TOTALS)
def test_is_torchvisions(name: str) -> None:
    assert totals(name) == TOTALS[name]
    for weights in torchvision.models.get_model_weights(name):
        assert weights.meta["num_params"] == TOTALS[name][0]
        assert weights.meta["_ops"] == round(TOTALS[name][1] / 1e9, 3)
    is_the_same_network(name, torchvision.models.get_model(name, weights=None), size=40)


@pytest.mark.parametrize("k", [1.0, 1.5, 4.0])
def test_other_widths_are_torchvisions(k: float) -> None:
    """torchvision's width_per_group is 64 k."""
    with torch.device("meta"):
        model = torchvision.models.resnet50(width_per_group=int(64 * k))
    weights = zoo.find("wide_resnet50_2").build(args={"k": k}).weights
    assert Counter(weights.values()) == Counter(tuple(each.shape) for each in model.parameters())
