import pytest
from against import is_the_same_network, totals

from costcalc import zoo


def test_totals() -> None:
    """timm's inception_v4 at 299. Caffe's prototxt (netscope's copy) has the same mult-adds."""
    assert totals("inception_v4") == (42_679_816, 12_253_974_624)


def test_caffes_has_biases() -> None:
    """42,711,400 params in Caffe's prototxt: each convolution has a bias, although a batch norm follows."""
    graph = zoo.find("inception_v4").build()
    biases = sum(node.facts.outputs[0][1] for node in graph.nodes if node.op == "conv")
    assert totals("inception_v4")[0] + biases == 42_711_400


def test_sizes_of_figure_9() -> None:
    """Szegedy et al., AAAI 2017, Figure 9: what each part puts out."""
    graph = zoo.find("inception_v4").build()
    sizes = {node.name.split(".")[1]: node.facts.outputs[0][1:] for node in graph.nodes if node.op == "concat"}
    assert sizes["5"] == (384, 35, 35)  # stem
    assert sizes["9"] == (384, 35, 35)  # 4 x Inception-A
    assert sizes["10"] == (1024, 17, 17)  # Reduction-A
    assert sizes["17"] == (1024, 17, 17)  # 7 x Inception-B
    assert sizes["18"] == (1536, 8, 8)  # Reduction-B
    assert sizes["21"] == (1536, 8, 8)  # 3 x Inception-C


def test_is_timms() -> None:
    timm = pytest.importorskip("timm")
    is_the_same_network("inception_v4", timm.create_model("inception_v4", pretrained=False), size=75)
