from math import prod

import pytest
from against import totals

from costcalc import zoo
from costcalc.spec import Graph


def weights(graph: Graph, axes: int) -> int:
    """Numbers in all weights of so many axes, those of the fully connected layer left out."""
    return sum(prod(s) for name, s in graph.weights.items() if len(s) == axes and not name.startswith("fc."))


def channels(graph: Graph) -> int:
    """Channels of all batch norms, which have a scale and a shift for each."""
    return weights(graph, axes=1) // 2


def convolutions(graph: Graph) -> int:
    """Weights of all convolutions, which have no biases."""
    return weights(graph, axes=4)


def test_weights_of_figure_5() -> None:
    """Weights without biases and norms, re-added by hand from Figure 5: input · width · window.

    3a to 5b, by branch; the input of each is what the one before puts out.
    """
    stem = 3 * 8 * 49 + 24 * 64 + 64 * 64 + 64 * 192 * 9
    stage3 = (
        (192 * 64 + 192 * 64 + 64 * 64 * 9 + 192 * 64 + 64 * 96 * 9 + 96 * 96 * 9 + 192 * 32)
        + (256 * 64 + 256 * 64 + 64 * 96 * 9 + 256 * 64 + 64 * 96 * 9 + 96 * 96 * 9 + 256 * 64)
        + (320 * 128 + 128 * 160 * 9 + 320 * 64 + 64 * 96 * 9 + 96 * 96 * 9)
    )
    stage4 = (
        (576 * 224 + 576 * 64 + 64 * 96 * 9 + 576 * 96 + 96 * 128 * 9 + 128 * 128 * 9 + 576 * 128)
        + (576 * 192 + 576 * 96 + 96 * 128 * 9 + 576 * 96 + 96 * 128 * 9 + 128 * 128 * 9 + 576 * 128)
        + (576 * 160 + 576 * 128 + 128 * 160 * 9 + 576 * 128 + 128 * 160 * 9 + 160 * 160 * 9 + 576 * 96)
        + (576 * 96 + 576 * 128 + 128 * 192 * 9 + 576 * 160 + 160 * 192 * 9 + 192 * 192 * 9 + 576 * 96)
        + (576 * 128 + 128 * 192 * 9 + 576 * 192 + 192 * 256 * 9 + 256 * 256 * 9)
    )
    stage5 = (1024 * 352 + 1024 * 192 + 192 * 320 * 9 + 1024 * 160 + 160 * 224 * 9 + 224 * 224 * 9 + 1024 * 128) + (
        1024 * 352 + 1024 * 192 + 192 * 320 * 9 + 1024 * 192 + 192 * 224 * 9 + 224 * 224 * 9 + 1024 * 128
    )
    assert convolutions(zoo.find("inception_bn").build()) == stem + stage3 + stage4 + stage5


def test_tf_slims_inception_v2_base() -> None:
    """tf_slim/nets/inception_v2_test.py: 10,173,112, with batch norms' shift, mean and variance counted.

    Its separable first convolution has a bias of 64 in place of a batch norm's 3·64.
    """
    graph = zoo.find("inception_bn").build()
    assert convolutions(graph) + 3 * channels(graph) - 3 * 64 + 64 == 10_173_112


def test_the_printed_table_is_imgclsmobs_bninception() -> None:
    """imgclsmob's table: 11,295,240 params, with a full first 7x7, and a bias besides each batch norm."""
    graph = zoo.find("inception_bn_printed").build()
    separable, full = 3 * 8 * 49 + 24 * 64, 3 * 64 * 49
    assert convolutions(graph) - separable + full + 3 * channels(graph) + 1000 * 1025 == 11_295_240


def test_96_in_4c_and_4d_saves() -> None:
    """32 of 608 channels less in the projections and in all that reads 4c and 4d, recomputed from Figure 5.

    4c's projection reads 576; 4d reads 4c by 1x1s of 96 + 128 + 160 + 96 and one projection less of 32; 4e reads 4d
    by 128 + 192; 4e passes 4d through to 5a, of 352 + 192 + 160 + 128. Batch norms: 2·(32 + 32).
    """
    at_14 = 32 * 576 + 32 * (96 + 128 + 160 + 96) + 32 * 608 + 32 * (128 + 192)
    at_7 = 32 * (352 + 192 + 160 + 128)
    printed, closed = totals("inception_bn_printed"), totals("inception_bn")
    assert printed[0] - closed[0] == at_14 + at_7 + 2 * 64
    assert printed[1] - closed[1] == 196 * at_14 + 49 * at_7


def test_thirty_percent_more_than_googlenet() -> None:
    """Ioffe & Szegedy 2015, appendix: "about 30 % more computational cost"; so it is, with the widths as printed."""
    ratio = totals("inception_bn_printed")[1] / totals("googlenet_separable")[1]
    assert round(ratio, 3) == 1.300


OUTPUTS = {  # Figure 5's output sizes
    "3a": (256, 28, 28), "3b": (320, 28, 28), "3c": (576, 14, 14),
    "4a": (576, 14, 14), "4b": (576, 14, 14), "4c": (576, 14, 14), "4d": (576, 14, 14), "4e": (1024, 7, 7),
    "5a": (1024, 7, 7), "5b": (1024, 7, 7),
}  # fmt: skip
# 160 + 160 + 160 + 128 = 96 + 192 + 192 + 128 = 608; 192 + 256 + 608 = 1056.
MISPRINTED = {**OUTPUTS, "4c": (608, 14, 14), "4d": (608, 14, 14), "4e": (1056, 7, 7)}


@pytest.mark.parametrize(("name", "expected"), [("inception_bn", OUTPUTS), ("inception_bn_printed", MISPRINTED)])
def test_output_sizes(name: str, expected: dict[str, tuple[int, ...]]) -> None:
    graph = zoo.find(name).build()
    made = {node.name[10:12]: node.facts.outputs[0][1:] for node in graph.nodes if node.op == "concat"}
    assert made == expected


def test_odd_sizes_of_input() -> None:
    for size in (32, 225, 230, 299):
        assert zoo.find("inception_bn").build(input=(3, size, size)).outputs[0].shape == (1, 1000)
