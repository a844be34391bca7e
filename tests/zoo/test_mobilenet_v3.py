from collections import Counter
from math import prod

import pytest
import torch
import torchvision
from against import is_the_same_network, totals

from costcalc import zoo
from costcalc.analysis.cost import Cost

NAMES = ("mobilenet_v3_large", "mobilenet_v3_small")


@pytest.mark.parametrize("name", NAMES)
def test_is_torchvisions(name: str) -> None:
    is_the_same_network(name, torchvision.models.get_model(name, weights=None), size=64)


@pytest.mark.parametrize("name", NAMES)
def test_totals(name: str) -> None:
    """torchvision's num_params, and its _ops, in thousand million, at 224."""
    params, mult_adds = totals(name)
    for weights in torchvision.models.get_model_weights(name):
        assert weights.transforms().crop_size == [224]
        assert (weights.meta["num_params"], weights.meta["_ops"]) == (params, round(mult_adds / 1e9, 3))


def test_the_authors_checkpoint() -> None:
    """tensorflow/models, research/slim/nets/mobilenet/README.md: large, 217 million MACs."""
    assert round(totals("mobilenet_v3_large")[1] / 1e6) == 217


def test_norms_are_torchvisions() -> None:
    norms = [node.facts.settings for node in zoo.find("mobilenet_v3_large").build().nodes if node.op == "batch_norm"]
    assert norms
    assert {(norm["eps"], norm["momentum"]) for norm in norms} == {(1e-3, 0.01)}


def test_the_authors_width_multiplier() -> None:
    """The same list: large at 0.75, 155 million MACs and 4.0 million params."""
    cost = Cost(zoo.find("mobilenet_v3_large").build(args={"alpha": 0.75}))
    assert (round(cost.macs / 1e6), round(cost.params / 1e6, 1)) == (155, 4.0)


@pytest.mark.parametrize("name", ["large", "small"])
def test_the_width_multiplier_is_timms(name: str) -> None:
    """timm follows the authors' code. Its layer after the pool is a 1x1 convolution: the same number of weights."""
    timm = pytest.importorskip("timm")
    with torch.device("meta"):
        model = timm.create_model(f"mobilenetv3_{name}_075")
    weights = zoo.find(f"mobilenet_v3_{name}").build(args={"alpha": 0.75}).weights
    assert Counter(map(prod, weights.values())) == Counter(each.numel() for each in model.parameters())
