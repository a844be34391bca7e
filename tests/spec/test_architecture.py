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


class TestSettings:
    def test_another_network_of_the_family(self) -> None:
        """ResNeXt-50 is ResNet-50 with 32 groups and wider 3x3 convolutions."""
        resnext = zoo.find("resnext50_32x4d")
        stages = resnext.settings["stages"]
        made = zoo.find("resnet50").build(args={"stages": stages, "groups": 32})
        assert made.weights == resnext.build().weights

    def test_the_input_still_changes(self) -> None:
        made = zoo.find("googlenet").build((3, 256, 256), 2, 10, {"separable": True})
        assert made.outputs[0].shape == (2, 10)
        assert made.weights == zoo.find("googlenet_separable").build(classes=10).weights

    def test_a_mapping_needs_only_what_changes(self) -> None:
        made = zoo.find("efficientnet_b0").build(args={"norm": {"eps": 0.5}})
        (norm,) = {(n.facts.settings["eps"], n.facts.settings["momentum"]) for n in made.nodes if n.op == "batch_norm"}
        assert norm == (0.5, 0.1)

    @pytest.mark.parametrize(
        ("name", "given", "line"),
        [
            ("efficientnet_b0", {"width_scal": 2.0}, "efficientnet_b0 has no setting 'width_scal'; did you mean width"),
            ("efficientnet_b0", {"norm": {"e": 1}}, "efficientnet_b0: norm has no setting 'e'; it has eps, momentum"),
            ("efficientnet_b0", {"norm": 3}, "efficientnet_b0: norm=3 must be a dict of settings by name"),
            ("efficientnet_b0", {"width_scale": "2"}, "efficientnet_b0: width_scale='2' must be a number"),
            ("resnet50", {"groups": True}, "resnet50: groups=True must be an integer"),
            ("resnet50", {"stages": 3}, "resnet50: stages=3 must be a list, like"),
            ("resnet50", {"stages": [3]}, "resnet50 cannot be built with stages=[3]: "),
            ("googlenet_torchvision", {"head": 3}, "has no setting 'head'; "),
        ],
    )
    def test_wrong_ones(self, name: str, given: dict[str, object], line: str) -> None:
        with pytest.raises(CostcalcError) as caught:
            zoo.find(name).build(args=given)
        assert line in str(caught.value)
        assert "\n" not in str(caught.value)
