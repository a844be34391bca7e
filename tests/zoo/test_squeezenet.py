from math import prod

import pytest
import torchvision
from against import is_the_same_network, totals
from printed import imgclsmob_flops, torchvision_prints_the_same

from costcalc import zoo

# Iandola et al. 2016, Table 1: output size, and "#parameter before pruning", with biases. maxpool8 is
# printed "13x12x512", a misprint. The sizes are those of an input of 227.
TABLE_1 = {
    "features.0": (111, 14_208),  # conv1
    "features.2": (55, 0),  # maxpool1
    "features.3": (55, 11_920),  # fire2
    "features.4": (55, 12_432),
    "features.5": (55, 45_344),
    "features.6": (27, 0),  # maxpool4
    "features.7": (27, 49_440),
    "features.8": (27, 104_880),
    "features.9": (27, 111_024),
    "features.10": (27, 188_992),
    "features.11": (13, 0),  # maxpool8
    "features.12": (13, 197_184),  # fire9
    "classifier.1": (13, 513_000),  # conv10
    "classifier.3": (1, 0),  # avgpool10
}
PARAMS = {"squeezenet1_0": 1_248_424, "squeezenet1_1": 1_235_496}  # torchvision's num_params


def test_every_row_of_table_1() -> None:
    graph = zoo.find("squeezenet1_0").build(input=(3, 227, 227))
    made = {}
    for layer in TABLE_1:
        last = [node for node in graph.nodes if f"{node.name}.".startswith(f"{layer}.")][-1]
        params = sum(prod(shape) for name, shape in graph.weights.items() if name.startswith(f"{layer}."))
        made[layer] = (last.facts.outputs[0][2], params)
    assert made == TABLE_1
    assert sum(params for _, params in TABLE_1.values()) == 1_248_424  # printed below the table


@pytest.mark.parametrize("name", PARAMS)
def test_is_torchvisions(name: str) -> None:
    assert totals(name)[0] == PARAMS[name]
    is_the_same_network(name, torchvision.models.get_model(name, weights=None), size=67)
    torchvision_prints_the_same(name)


def test_published_flops() -> None:
    # osmr/imgclsmob, pytorch/README.md, FLOPs/2
    assert imgclsmob_flops(zoo.find("squeezenet1_0").build()) == "823.67M"
    assert imgclsmob_flops(zoo.find("squeezenet1_1").build()) == "352.02M"
