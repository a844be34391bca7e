from collections import Counter

import pytest
import torch
import torchvision
from against import is_the_same_network, totals
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from costcalc import zoo

NAMES = ("mnasnet0_5", "mnasnet0_75", "mnasnet1_0", "mnasnet1_3")


@pytest.mark.parametrize("name", NAMES)
def test_is_torchvisions(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # torchvision's own refuses a state that does not say which version of the class saved it
    load = nn.Module._load_from_state_dict
    monkeypatch.setattr(torchvision.models.MNASNet, "_load_from_state_dict", load)
    is_the_same_network(name, torchvision.models.get_model(name, weights=None), size=64)


@pytest.mark.parametrize("name", NAMES)
def test_totals(name: str) -> None:
    """torchvision's num_params, and its _ops, in thousand million, at 224."""
    params, mult_adds = totals(name)
    for weights in torchvision.models.get_model_weights(name):
        assert weights.transforms().crop_size == [224]
        assert (weights.meta["num_params"], weights.meta["_ops"]) == (params, round(mult_adds / 1e9, 3))


@pytest.mark.parametrize(("name", "timms"), [("mnasnet0_5", "mnasnet_050"), ("mnasnet1_0", "mnasnet_100")])
def test_is_the_b1_variant_of_timm(name: str, timms: str) -> None:
    """timm follows the authors' code (tensorflow/tpu, models/official/mnasnet)."""
    timm = pytest.importorskip("timm")
    with torch.device("meta"):
        model = timm.create_model(timms).eval()
        with FlopCounterMode(display=False) as flops:
            model(torch.empty(1, 3, 224, 224))
    weights = zoo.find(name).build().weights
    assert Counter(weights.values()) == Counter(tuple(p.shape) for p in model.parameters())
    assert totals(name)[1] * 2 == flops.get_total_flops()


def test_norms_are_torchvisions() -> None:
    norms = [node.facts.settings for node in zoo.find("mnasnet1_0").build().nodes if node.op == "batch_norm"]
    assert {norm["momentum"] for norm in norms} == {1 - 0.9997}
