from math import prod

import pytest
from against import is_the_same_network, totals

from costcalc import zoo


def test_totals() -> None:
    """timm's inception_resnet_v2 at 299; inception_resnet_v1's params in imgclsmob's table, of FaceNet's layout."""
    assert totals("inception_resnet_v2") == (55_843_464, 13_155_794_016)
    assert totals("inception_resnet_v1")[0] == 23_995_624


def test_keras_counts_the_moving_statistics() -> None:
    """keras' InceptionResNetV2 has 55,873,736: mean and variance of each batch norm counted, and no scale."""
    graph = zoo.find("inception_resnet_v2").build()
    channels = sum(node.facts.outputs[0][1] for node in graph.nodes if node.op == "batch_norm")
    assert totals("inception_resnet_v2")[0] + 2 * channels - channels == 55_873_736


def test_is_timms() -> None:
    timm = pytest.importorskip("timm")
    is_the_same_network("inception_resnet_v2", timm.create_model("inception_resnet_v2", pretrained=False), size=75)


def test_facenet_adds_a_sixth_c_and_an_embedding() -> None:
    """FaceNet's v1 over the paper's, from Figure 13: one block C, 512 before the classes, and batch norm there.

    Block C: 1x1 192; 1x1 192, 1x3 192, 3x1 192, each with batch norm; 1x1 linear 1792 with bias.
    """
    block = 2 * 1792 * 192 + 2 * 3 * 192 * 192 + 384 * 1792
    norms = 2 * 4 * 192
    embedding = 1792 * 512 + 512 * 1000 - 1792 * 1000
    facenet, paper = totals("inception_resnet_v1"), totals("inception_resnet_v1_paper")
    assert facenet[0] - paper[0] == block + norms + 1792 + embedding + 2 * 512
    assert facenet[1] - paper[1] == 64 * block + embedding


def cells(name: str) -> dict[str, tuple[int, ...]]:
    """What each block of a network puts out."""
    graph = zoo.find(name).build()
    return {
        node.name.rpartition(".")[0]: node.facts.outputs[0][1:] for node in graph.nodes if node.op in ("concat", "add")
    }


def test_sizes_of_figure_15() -> None:
    """Szegedy et al., AAAI 2017, Figure 15: 5 A on 35x35x256, 10 B on 17x17x896, 5 C on 8x8x1792."""
    assert list(cells("inception_resnet_v1_paper").items()) == [
        *((f"repeat.{i}", (256, 35, 35)) for i in range(5)),
        ("mixed_6a", (896, 17, 17)),
        *((f"repeat_1.{i}", (896, 17, 17)) for i in range(10)),
        ("mixed_7a", (1792, 8, 8)),
        *((f"repeat_2.{i}", (1792, 8, 8)) for i in range(5)),
    ]


def convolutions(weights: dict[str, tuple[int, ...]], block: str) -> int:
    """Weights of all convolutions of a block."""
    return sum(prod(shape) for name, shape in weights.items() if name.startswith(f"{block}.") and len(shape) == 4)


def test_v2_of_the_paper() -> None:
    """Figures 16, 7, 17, 18 and 19 re-added (input · width · window), and Inception-v4's stem.

    On 1152 and 2144 channels: Reduction-A puts out 384 + 384 + 384, Reduction-B 1152 + 384 + 288 + 320.
    """
    weights = zoo.find("inception_resnet_v2_paper").build().weights
    a = 384 * 3 * 32 + 32 * 32 * 9 + 32 * 48 * 9 + 48 * 64 * 9 + (32 + 32 + 64) * 384
    reduction_a = 384 * 384 * 9 + 384 * 256 + 256 * 256 * 9 + 256 * 384 * 9
    b = 1152 * (192 + 128) + 128 * 160 * 7 + 160 * 192 * 7 + (192 + 192) * 1152
    reduction_b = 1152 * 3 * 256 + 256 * 384 * 9 + 256 * 288 * 9 + 256 * 288 * 9 + 288 * 320 * 9
    c = 2144 * (192 + 192) + 192 * 224 * 3 + 224 * 256 * 3 + (192 + 256) * 2144
    assert convolutions(weights, "repeat") == 5 * a
    assert convolutions(weights, "mixed_6a") == reduction_a
    assert convolutions(weights, "repeat_1") == 10 * b
    assert convolutions(weights, "mixed_7a") == reduction_b
    assert convolutions(weights, "repeat_2") == 5 * c
    stem = {name.replace("stem.", "features."): s for name, s in weights.items() if name.startswith("stem.")}
    assert stem.items() <= zoo.find("inception_v4").build().weights.items()
    made = cells("inception_resnet_v2_paper")
    assert (made["stem.5"], made["repeat.4"]) == ((384, 35, 35), (384, 35, 35))
    assert (made["repeat_1.9"], made["repeat_2.4"]) == ((1152, 17, 17), (2144, 8, 8))
