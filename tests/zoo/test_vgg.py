import pytest
import torchvision
from against import is_the_same_network, totals

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


@pytest.mark.parametrize("name", TOTALS)
def test_is_torchvisions(name: str) -> None:
    is_the_same_network(name, torchvision.models.get_model(name, weights=None), size=64)
