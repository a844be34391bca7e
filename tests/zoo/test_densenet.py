import pytest
import torchvision
from against import is_the_same_network, totals

# torchvision's num_params; mult-adds of its models by torch's FlopCounterMode, halved.
TOTALS = {
    "densenet121": (7_978_856, 2_834_161_664),
    "densenet161": (28_681_000, 7_727_907_072),
    "densenet169": (14_149_480, 3_359_843_328),
    "densenet201": (20_013_928, 4_291_365_888),
}


@pytest.mark.parametrize("name", TOTALS)
def test_totals(name: str) -> None:
    assert totals(name) == TOTALS[name]
    for weights in torchvision.models.get_model_weights(name):
        assert weights.transforms().crop_size == [224]
        assert (weights.meta["num_params"], weights.meta["_ops"]) == (totals(name)[0], round(totals(name)[1] / 1e9, 3))


@pytest.mark.parametrize("name", TOTALS)
def test_is_torchvisions(name: str) -> None:
    is_the_same_network(name, torchvision.models.get_model(name, weights=None), size=64)


def test_densenet264_is_torchvisions_class_with_the_papers_blocks() -> None:
    """Huang et al. 2017, Table 1, last column: 6, 12, 64 and 48 layers, k = 32."""
    model = torchvision.models.DenseNet(growth_rate=32, block_config=(6, 12, 64, 48), num_init_features=64)
    is_the_same_network("densenet264", model, size=64)
    assert totals("densenet264")[0] == sum(p.numel() for p in model.parameters())


def test_densenet264() -> None:
    """Re-added from the widths of Table 1. Tan & Le 2019, Table 2, quote 34M and 6.0B: not reproduced."""
    assert totals("densenet264") == (33_337_704, 5_751_653_376)
