import pytest

from costcalc import zoo
from costcalc.spec import CostcalcError


def test_any_size_where_the_weights_stay() -> None:
    graph = zoo.find("vgg16").build(input=(3, 64, 96), batch=2, classes=10)
    assert graph.outputs[0].shape == (2, 10)


def test_too_small_names_the_layer_and_the_sizes_that_work() -> None:
    with pytest.raises(CostcalcError) as caught:
        zoo.find("vgg16").build(input=(3, 16, 16))
    assert str(caught.value) == (
        "vgg16 does not work at input 3x16x16: layer 'features.30' (max_pool, input 512x1x1): the output shrinks to "
        "nothing: a window of 2 is larger than the input of 1; sizes that work: 3x32x32 and larger"
    )


def test_a_network_tied_to_its_size_says_so() -> None:
    """The heads' FC has 4·4·128 inputs: inception 4a must be 14 to 16 wide, so the input 223 to 270."""
    with pytest.raises(CostcalcError, match="tied to the size of the input; sizes that work: 3x223x223 to 3x270x270"):
        zoo.find("googlenet_aux").build(input=(3, 300, 300))
    assert zoo.find("googlenet_aux").build(input=(3, 270, 223)).weights


@pytest.mark.parametrize("wrong", [(3, 224), (3, 0, 224), (3, 224, 224, 224)])
def test_no_input_of_the_network(wrong: tuple[int, ...]) -> None:
    with pytest.raises(CostcalcError, match="takes an input like 3x224x224"):
        zoo.find("vgg16").build(input=wrong)


def test_an_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(CostcalcError, match="unknown network 'googlnet'; did you mean googlenet"):
        zoo.find("googlnet")


def test_a_networks_name_begins_with_its_files() -> None:
    for network in zoo.all_networks():
        assert network.name.startswith(network.family)
        assert zoo.find(network.name) == network
