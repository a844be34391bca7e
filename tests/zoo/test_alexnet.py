from math import prod

import torchvision
from against import is_the_same_network, totals
from printed import imgclsmob_flops, torchvision_prints_the_same

from costcalc import zoo

# Layer by layer, from Caffe's bvlc_alexnet prototxt.
CAFFE = {
    "conv1": (34_944, 105_415_200),
    "conv2": (307_456, 223_948_800),
    "conv3": (885_120, 149_520_384),
    "conv4": (663_936, 112_140_288),
    "conv5": (442_624, 74_760_192),
    "fc6": (37_752_832, 37_748_736),
    "fc7": (16_781_312, 16_777_216),
    "fc8": (4_097_000, 4_096_000),
}


def test_totals() -> None:
    assert totals("alexnet") == (61_100_840, 714_188_480)  # torchvision's num_params
    assert totals("alexnet_paper") == (60_965_224, 724_406_816)  # Caffe's bvlc_alexnet
    assert totals("alexnet_one_tower") == (62_378_344, 1_135_256_096)  # darknet's alexnet.cfg


def test_every_layer_of_caffes() -> None:
    graph = zoo.find("alexnet_paper").build()
    made = {
        node.name: (sum(prod(graph.weights[name]) for name in node.weights), node.facts.macs.value)
        for node in graph.nodes
        if node.weights and node.facts.macs
    }
    assert made == CAFFE
    assert sum(params for params, _ in CAFFE.values()) == 60_965_224
    assert sum(macs for _, macs in CAFFE.values()) == 724_406_816


def test_neurons_of_figure_2() -> None:
    """Krizhevsky et al. 2012, Figure 2: 253,440-186,624-64,896-64,896-43,264-4096-4096-1000 neurons.

    The first is a misprint (55·48·96): 55·55·96 kernels' outputs are 290,400.
    """
    graph = zoo.find("alexnet_paper").build()
    neurons = [prod(node.facts.outputs[0]) for node in graph.nodes if node.weights]
    assert neurons == [290_400, 186_624, 64_896, 64_896, 43_264, 4_096, 4_096, 1_000]


def test_norm_then_pool_in_the_paper() -> None:
    graph = zoo.find("alexnet_paper").build()
    ops = [node.op for node in graph.nodes][:8]
    assert ops == ["conv", "relu", "lrn", "max_pool"] * 2


def test_published_flops() -> None:
    # osmr/imgclsmob, pytorch/README.md: AlexNet, 62,378,344 params, at 224
    assert imgclsmob_flops(zoo.find("alexnet_one_tower").build(input=(3, 224, 224))) == "1,132.33M"
    # pjreddie.com/darknet/imagenet: AlexNet, 2.27 Bn operations (2 per mult-add) and 238 MB of weights
    params, macs = totals("alexnet_one_tower")
    assert round(2 * macs / 1e9, 2) == 2.27
    assert round(4 * params / 2**20) == 238


def test_is_torchvisions() -> None:
    is_the_same_network("alexnet", torchvision.models.get_model("alexnet", weights=None), size=95)
    torchvision_prints_the_same("alexnet")
