from collections import Counter

import torchvision
from against import is_the_same_network, totals

from costcalc import zoo
from costcalc.analysis.cost import Cost
from costcalc.zoo.googlenet import WIDTHS
from costcalc.zoo.inception import NAMES

# Caffe's bvlc_googlenet deploy and train_val prototxts, and torchvision's num_params (without heads).
TOTALS = {
    "googlenet": (6_998_552, 1_582_671_872),
    "googlenet_aux": (13_378_280, 1_591_044_096),
    "googlenet_separable": (6_983_576, 1_498_677_248),
    "googlenet_torchvision": (6_624_904, 1_498_376_192),
    "googlenet_bn": (13_385_816, 1_591_044_096),
}


def test_totals() -> None:
    assert {name: totals(name) for name in TOTALS} == TOTALS


def test_weights_without_biases() -> None:
    graph = zoo.find("googlenet").build()
    biases = sum(shape[0] for name, shape in graph.weights.items() if name.endswith(".bias"))
    assert TOTALS["googlenet"][0] - biases == 6_990_272


def test_57_convolutions_22_layers_deep() -> None:
    """Szegedy et al. 2015, section 5: "22 layers deep when counting only layers with parameters"."""
    graph = zoo.find("googlenet").build()
    assert Counter(node.op for node in graph.nodes)["conv"] == 57
    depth: dict[str, int] = {}
    for node in graph.nodes:
        depth[node.name] = max((depth.get(t.name, 0) for t in node.inputs), default=0) + bool(node.weights)
    assert max(depth.values()) == 22


def test_heads_run_only_in_training_and_params_stay() -> None:
    graph = zoo.find("googlenet_aux").build()
    running, training = Cost(graph, "eval"), Cost(graph, "train")
    assert (running.macs, training.macs) == (1_582_671_872, 1_591_044_096)
    assert running.params == training.params == 13_378_280
    heads = [layer for layer in running.layers if layer.node.name.startswith("aux_")]
    assert heads
    assert {layer.status for layer in heads} == {"not run"}
    assert {layer.macs for layer in heads} == {0}
    assert sum(layer.params for layer in heads) == 13_378_280 - 6_998_552


def test_torchvisions() -> None:
    from torchvision.models import googlenet

    is_the_same_network("googlenet_torchvision", googlenet(weights=None, aux_logits=False, init_weights=False))
    is_the_same_network("googlenet_torchvision_aux", googlenet(weights=None, aux_logits=True, init_weights=False))
    assert totals("googlenet_torchvision_aux")[0] == 13_004_888
    weights = torchvision.models.GoogLeNet_Weights.IMAGENET1K_V1
    assert weights.meta["num_params"] == TOTALS["googlenet_torchvision"][0]
    assert round(TOTALS["googlenet_torchvision"][1] / 1e9, 3) == weights.meta["_ops"]


def test_the_reproduction_keeps_5x5() -> None:
    """16·23,808 = 380,928 more weights than torchvision's 3x3 in the nine "5x5" branches."""
    reduced_times_width = 16 * 32 + 32 * 96 + 16 * 48 + 24 * 64 * 2 + 32 * 64 + 32 * 128 * 2 + 48 * 128
    assert reduced_times_width == 23_808
    assert totals("googlenet_bn")[0] - totals("googlenet_torchvision_aux")[0] == 16 * reduced_times_width


def test_the_module_alone_is_each_row() -> None:
    """Table 1's rows from their input, out of the module's six numbers."""
    whole = zoo.find("googlenet_separable").build()
    channels = {"3a": 192, "3b": 256, "4a": 480, "4b": 512, "4c": 512, "4d": 512, "4e": 528, "5a": 832, "5b": 832}
    for row, six in WIDTHS.items():
        side = {"3": 28, "4": 14, "5": 7}[row[0]]
        module = zoo.find("inception").build((channels[row], side, side), args=dict(zip(NAMES, six, strict=True)))
        theirs = [n.facts.macs for n in whole.nodes if n.path.startswith(f"inception_{row}.") and n.facts.macs]
        assert [node.facts.macs for node in module.nodes if node.facts.macs] == theirs
        assert module.outputs[0].shape == (1, six[0] + six[2] + six[4] + six[5], side, side)


def test_rows_at_a_percentage() -> None:
    """Half of 5b: its last four widths feed the classifier."""
    half = zoo.find("googlenet").build(args={"percent": {"5b": 50}})
    assert half.weights["linear.weight"] == (1000, 512)
    assert half.weights["inception_5b.5x5.weight"] == (64, 24, 5, 5)
    assert half.weights["inception_5a.5x5.weight"] == zoo.find("googlenet").build().weights["inception_5a.5x5.weight"]
