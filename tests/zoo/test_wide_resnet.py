from __future__ import annotations

import pytest
import torchvision
from against import is_the_same_network, totals

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
