from collections import Counter
from math import ceil, prod

import pytest
from against import totals

from costcalc import zoo
from costcalc.spec import SpecError, trace, unflatten


def test_totals() -> None:
    assert totals("yolo_v1") == (271_703_550, 20_285_153_280)  # netscope's YOLO.prototxt, Figure 3 in Caffe


def test_figure_3() -> None:
    """Redmon et al. 2016, Figure 3: 24 convolutions and 2 fully connected layers; sizes at each column's end."""
    graph = zoo.find("yolo_v1").build()
    kinds = Counter(node.op for node in graph.nodes)
    assert (kinds["conv"], kinds["linear"], kinds["max_pool"]) == (24, 2, 4)
    sizes = {"pool1": (64, 112), "pool2": (192, 56), "pool6": (512, 28), "pool16": (1024, 14), "conv22.conv": (1024, 7)}
    assert {name: graph.node(name).facts.outputs[0][1:3] for name in sizes} == sizes
    assert graph.node("conv24.conv").facts.outputs == ((1, 1024, 7, 7),)
    assert graph.node("fc26").facts.outputs == ((1, 1470),)
    assert graph.outputs[0].shape == (1, 7, 7, 30)


def test_boxes_and_classes() -> None:
    """Section 2: S x S x (B * 5 + C), with S = 7 and B = 2."""
    assert zoo.find("yolo_v1").build(classes=80).outputs[0].shape == (1, 7, 7, 90)


def test_unflatten_wants_sizes_that_multiply_to_the_axis() -> None:
    with pytest.raises(SpecError, match=r"sizes=\(7, 7, 30\) must multiply to axis 1"):
        trace(lambda x: unflatten(x, "output", sizes=(7, 7, 30)), (1, 1471))


def test_darknets_extraction() -> None:
    """pjreddie.com/darknet/imagenet: Extraction has 8.52 Bn operations, and 90 MB of weights.

    The page counts 2 per mult-add: AlexNet's 2.27 Bn and VGG-16's 30.94 Bn beside it say so. A file of
    weights holds the statistics of batch norm too, and its size is in MiB, rounded up.
    """
    assert round(2 * totals("alexnet_one_tower")[1] / 1e9, 2) == 2.27
    assert round(2 * totals("vgg16")[1] / 1e9, 2) == 30.94
    graph = zoo.find("yolo_v1_googlenet").build()
    params, macs = totals("yolo_v1_googlenet")
    assert round(2 * macs / 1e9, 2) == 8.52
    statistics = sum(prod(shape) for name, shape in graph.buffers.items() if "running" in name)
    assert ceil(4 * (params + statistics) / 2**20) == 90
    # the page's log: 7 x 7 x 512 -> 7 x 7 x 1024 -> 7 x 7 x 1000, pooled
    shapes = [graph.node(f"conv{number}").facts.outputs[0] for number in ("19.conv", "20.conv", "21")]
    assert shapes == [(1, 512, 7, 7), (1, 1024, 7, 7), (1, 1000, 7, 7)]


def test_extraction_is_yolos_first_20_convolutions() -> None:
    """Section 2.2; but for the batch norm of darknet's, and so the biases."""
    yolo, extraction = zoo.find("yolo_v1").build().weights, zoo.find("yolo_v1_googlenet").build().weights
    kernels = [f"conv{number}.conv.weight" for number in range(1, 21)]
    assert [yolo[name] for name in kernels] == [extraction[name] for name in kernels]
