"""Conventions whose numbers are printed: Keras' summaries, torchvision's metadata, the paper's Table 1."""

import pytest
import torchvision

from costcalc import zoo
from costcalc.analysis.printed import judge
from costcalc.analysis.published import read
from costcalc.conventions import find
from costcalc.spec import Graph, Run, batch_norm, conv, trace
from costcalc.zoo import all_networks

KERAS, TORCHVISION, PAPER = find("keras"), find("torchvision"), find("googlenet_paper")

# keras.io/applications (Keras 2.2), column "Parameters".
PRINTED = {
    "densenet121": 8_062_504,
    "densenet169": 14_307_880,
    "densenet201": 20_242_984,
    "mobilenet_v1": 4_253_864,
    "mobilenet_v2": 3_538_984,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
    "xception": 22_910_480,
}
# Keras' own networks with a bias in every convolution, which the paper's batch norm does without ...
BIASED = {"resnet50": 25_636_712, "resnet101": 44_707_176, "resnet152": 60_419_944}
# ... and with batch norms that shift and do not scale.
UNSCALED = {"inception_v3": 23_851_784, "inception_resnet_v2": 55_873_736}


def normalised(graph: Graph) -> int:
    """Channels of all batch norms."""
    return sum(node.inputs[0].shape[1] for node in graph.nodes if node.op == "batch_norm")


@pytest.mark.parametrize("name", PRINTED)
def test_keras_prints_the_same(name: str) -> None:
    graph = zoo.find(name).build()
    assert KERAS.params(Run(graph)) == PRINTED[name]
    assert KERAS.params_by_module(Run(graph))[""] == PRINTED[name]


@pytest.mark.parametrize("name", BIASED)
def test_keras_resnets_have_biases(name: str) -> None:
    graph = zoo.find(name).build()
    assert KERAS.params(Run(graph)) + normalised(graph) == BIASED[name]


@pytest.mark.parametrize("name", UNSCALED)
def test_keras_inceptions_do_not_scale(name: str) -> None:
    graph = zoo.find(name).build()
    assert KERAS.params(Run(graph)) - normalised(graph) == UNSCALED[name]


def test_keras_efficientnet_normalises_its_input() -> None:
    """5,330,571 in keras.io/applications: 7 for the mean, the variance (3 channels) and the count of its input."""
    assert KERAS.params(Run(zoo.find("efficientnet_b0").build())) + 7 == 5_330_571


def test_keras_counts_the_moving_statistics_and_no_operations() -> None:
    graph = trace(lambda x: batch_norm(conv(x, "c", 5, k=1, bias=False), "n"), (1, 3, 4, 4))
    assert KERAS.params(Run(graph)) == 3 * 5 + 4 * 5
    assert KERAS.only_params
    assert [KERAS.count(node, Run(graph)) for node in graph.nodes] == [None, None]
    assert not any(find(name).only_params for name in ("fvcore", "thop", "torchprofile", "torchvision"))


# The zoo's networks that are torchvision's: by the same name, or by this one.
RENAMED = {"googlenet_torchvision": "googlenet", "inception_v3_aux": "inception_v3"}
OTHERS = {"googlenet", "inception_v3"}  # the paper's; without the heads that torchvision counts as parameters
THEIRS = {name: name for name in (n.name for n in all_networks()) if name in torchvision.models.list_models()}
THEIRS = {ours: theirs for ours, theirs in THEIRS.items() if ours not in OTHERS} | RENAMED


@pytest.mark.parametrize("name", THEIRS)
def test_torchvision_prints_the_same(name: str) -> None:
    """At the crop of each of its weights: params exactly, and its GFLOPS to all 3 digits."""
    for weights in torchvision.models.get_model_weights(THEIRS[name]):
        crop = weights.transforms.keywords["crop_size"]
        graph = zoo.find(name).build(input=(3, crop, crop))
        assert TORCHVISION.params(Run(graph)) == weights.meta["num_params"]
        printed = f"{weights.meta['_ops']:.3f}"
        assert judge(printed, TORCHVISION.total(Run(graph)), TORCHVISION.printed["mult-adds"]) == "exact"


def test_torchvision_has_many_of_the_zoo() -> None:
    assert len(THEIRS) >= 45
    assert torchvision.__version__.partition("+")[0] in TORCHVISION.version


def test_torchvision_saw_the_products_of_attention() -> None:
    """ViT-B/16: 16x16 patches, 12 layers of 768 features and 12 heads over 197 positions, and the classifier."""
    length, width = 197, 768
    layer = 12 * length * width * width + 2 * length * length * width
    macs = 196 * width * 3 * 16 * 16 + 12 * layer + width * 1000
    meta = torchvision.models.ViT_B_16_Weights.IMAGENET1K_V1.meta
    assert judge(f"{meta['_ops']:.3f}", macs, TORCHVISION.printed["mult-adds"]) == "exact"


def test_the_papers_table() -> None:
    """Its ops but for 4a, cut off, and 5a; of its params, which follow no one network, those that K = 1024 explains."""
    graph = zoo.find("googlenet_separable").build()
    rows = {row["block"]: row for row in read("szegedy2015_table1.csv") if row["params"]}
    assert len(rows) == 12
    ops, params = PAPER.by_module(Run(graph)), PAPER.params_by_module(Run(graph))
    ops_unit, params_unit = PAPER.printed["mult-adds"], PAPER.printed["params"]
    verdicts = {block: judge(row["ops"], ops[block], ops_unit) for block, row in rows.items()}
    assert {block: v for block, v in verdicts.items() if v != "exact"} == {
        "inception_4a": "truncated",  # 73,608,192: 73M
        "inception_5a": "differs",  # 51,079,168: 54M
    }
    verdicts = {block: judge(row["params"], params[block], params_unit) for block, row in rows.items()}
    assert {block: v for block, v in verdicts.items() if v != "differs"} == {
        "conv2": "exact",  # 112 · 1024
        "linear": "exact",  # 1000 · 1024
        "inception_3a": "truncated",  # 159.5 · 1024: 159K
    }
    assert judge("1000K", params["linear"], 1000) == "differs"


def test_the_paper_leaves_biases_out() -> None:
    graph = trace(lambda x: conv(x, "c", 5, k=1), (1, 3, 4, 4))
    assert (PAPER.params(Run(graph)), PAPER.total(Run(graph))) == (3 * 5, 3 * 5 * 16)
