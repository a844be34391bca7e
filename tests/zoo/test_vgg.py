import pytest
import samples
import torchvision
from against import is_the_same_network, totals
from printed import torchvision_prints_the_same

from costcalc import zoo

# Simonyan & Zisserman, ICLR 2015, Table 2 prints 133, 133, 138 and 144 million params; torchvision's
# weights' num_params are these to the last digit. Mult-adds re-added from the 3x3 convolutions of Table 1.
TOTALS = {
    "vgg11": (132_863_336, 7_609_090_048),
    "vgg13": (133_047_848, 11_308_466_176),
    "vgg16": (138_357_544, 15_470_264_320),
    "vgg19": (143_667_240, 19_632_062_464),
}


@pytest.mark.parametrize("name", TOTALS)
def test_totals(name: str) -> None:
    assert totals(name) == TOTALS[name]


# Table 2 prints 133 million for A-LRN, which has A's weights, and 134 for C.
OWN = {
    "vgg11_lrn": (132_863_336, 7_609_090_048),
    "vgg16_c": (133_638_952, 11_770_888_192),
}


@pytest.mark.parametrize("name", OWN)
def test_totals_of_configurations_that_torchvision_lacks(name: str) -> None:
    assert totals(name) == OWN[name]
    assert round(OWN[name][0] / 1e6) == {"vgg11_lrn": 133, "vgg16_c": 134}[name]


def test_c_is_d_with_1x1_in_the_last_three_stages() -> None:
    """Simonyan & Zisserman, Table 1: conv1-256, conv1-512, conv1-512 in column C; conv3 in D."""
    c, d = zoo.find("vgg16_c").build(), zoo.find("vgg16").build()
    assert [n.name for n in c.nodes] == [n.name for n in d.nodes]
    differ = [c.weights[name] for name in c.weights if c.weights[name] != d.weights[name]]
    assert differ == [(256, 256, 1, 1), (512, 512, 1, 1), (512, 512, 1, 1)]


def test_a_lrn_normalises_after_its_first_convolution() -> None:
    graph = zoo.find("vgg11_lrn").build()
    assert [node.op for node in graph.nodes][:4] == ["conv", "relu", "lrn", "max_pool"]
    assert [node.op for node in graph.nodes].count("lrn") == 1


def test_batch_norm_adds_a_scale_and_a_shift_a_channel() -> None:
    channels = {"vgg11": 2_752, "vgg13": 2_944, "vgg16": 4_224, "vgg19": 5_504}
    for name, (params, macs) in TOTALS.items():
        assert totals(f"{name}_bn") == (params + 2 * channels[name], macs)


@pytest.mark.parametrize("name", samples.of(["vgg11", "vgg16_bn"], [*TOTALS, *(f"{name}_bn" for name in TOTALS)]))
def test_is_torchvisions(name: str) -> None:
    is_the_same_network(name, torchvision.models.get_model(name, weights=None, init_weights=False), size=64)
    torchvision_prints_the_same(name)
